import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { maskedPieces } from "#lab/dataset/masked-pieces";
import { encode } from "#lab/dataset/text";
import { read } from "#lab/metric";
import { mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { initLanguageModel, type LanguageModel } from "#lab/transformer";
import { filledIn } from "#zoo/filled-in";
import { inPieces, maskedLoss } from "#zoo/masked-text";
import { startHere, startNodeSession } from "../lab/device-case";

const shape = { vocabSize: 5, time: 12, dModel: 4, numHeads: 2, numLayers: 1 };
const masking = { mask: 4, vocabSize: 5, numHeads: 2 };

beforeAll(async () => {
  await startHere("cpu");
  startNodeSession();
});

test("a text in pieces is the text", async () => {
  const pieces = await maskedPieces();
  const [train, heldOut] = ["A whale, a whale!", "\nThere she blows!"];
  const text = inPieces({ vocabSize: 96, train: encode(train), heldOut: encode(heldOut) }, pieces);
  expect([pieces.decode(text.train), pieces.decode(text.heldOut)]).toEqual([train, heldOut]);
  expect(text.train.length).toBeLessThan(train.length);
});

test("the loss is that of the hidden tokens", async () => {
  // Every logit is ln p: the stream is (1, -1, 1, -1) at each position, whatever is read.
  const p = [0.4, 0.3, 0.2, 0.05, 0.05];
  const row = p.map((share) => Math.log(share) / 2);
  const zero = mapParameters(initLanguageModel(random(0), shape, 1), (tensor) => tf.zerosLike(tensor));
  const none = p.map(() => 0);
  const model: LanguageModel = {
    ...zero,
    norm: { gain: tf.zeros([4]), bias: tf.tensor1d([1, -1, 1, -1]) },
    head: tf.tensor2d([row, row.map((v) => -v), none, none]),
  };
  const text = new Int32Array(50).fill(2);
  for (const time of [6, 12])
    expect(await read(maskedLoss(model, text, random(1), { tokens: 48, time }, masking))).toBeCloseTo(
      -Math.log(0.2),
      5,
    );
});

test("short windows reach all positions, and only as many at a time as they are long", async () => {
  const model = initLanguageModel(random(0), shape, 0.5);
  const text = random(2).integers(200, 4);
  const moved = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const gradient = tf.grad((positions) =>
      maskedLoss(
        { ...model, positions: positions as tf.Tensor2D },
        text,
        random(seed),
        { tokens: 8, time: 4 },
        masking,
      ),
    )(model.positions);
    const sizes = await tf.sum(tf.abs(gradient), 1).data();
    const here = [...sizes.keys()].filter((t) => sizes[t]! > 0);
    expect(here).toHaveLength(4);
    expect(here.at(-1)! - here[0]!).toBe(3);
    here.forEach((t) => moved.add(t));
  }
  expect(moved.size).toBe(12);
});

test("fills in every eighth piece, and says what is right", async () => {
  const pieces = await maskedPieces();
  const tokens = pieces.encode("Call me Ishmael.\nSome years ago, never mind how long");
  const model = initLanguageModel(random(0), { ...shape, vocabSize: 512, time: 64 }, 0.5);
  const text = await filledIn(model, tokens, pieces, { numHeads: 2 });
  const brackets = text.match(/\[.*?\]/g)!;
  expect(brackets).toHaveLength(Math.floor(tokens.length / 8));
  const restored = text.replaceAll(/\[(?:.*? → )?(.*?)\]/g, "$1");
  expect(restored).toBe(pieces.decode(tokens).replaceAll("\n", " "));
});
