import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  compete,
  contender,
  type Entry,
  mailBatch,
  mailLogits,
  type Ring,
  ringOf,
  withBiases,
} from "#lab/arena";
import { encode } from "#lab/dataset/text";
import { enter as full } from "#lab/entry/full";
import { enter as headOnly } from "#lab/entry/head-only";
import { flatten } from "#lab/parameter";
import { random } from "#lab/random";
import { forward, initLanguageModel, trace } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { layerNorm, product, rows } from "#tests/lab/reference";

let ring: Ring;
beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
  ring = await ringOf({ steps: 3, batchSize: 2, time: 8, tested: 6 });
});
const [dModel, vocabSize, dFf, numLayers] = [64, 96, 256, 4];

test("biases of zero change nothing, and are where linear maps are", async () => {
  const shape = { vocabSize: 7, time: 6, dModel: 8, numHeads: 4, numLayers: 2, dFf: 12 };
  const plain = initLanguageModel(random(1), shape, 0.3);
  const tokens = tf.tensor2d([1, 2, 3, 4, 5, 6], [1, 6], "int32");
  await expectClose(
    forward(withBiases(plain), tokens, 4),
    Array.from(await forward(plain, tokens, 4).data()),
  );
  const added = Object.entries(flatten(withBiases(plain))).filter(([path]) => path.includes("biases"));
  expect(added.map(([path, { shape }]) => `${path} ${shape}`).slice(0, 6)).toEqual([
    "blocks.0.attention.biases.query 8",
    "blocks.0.attention.biases.key 8",
    "blocks.0.attention.biases.value 8",
    "blocks.0.attention.biases.output 8",
    "blocks.0.feedForward.biases.hidden 12",
    "blocks.0.feedForward.biases.output 8",
  ]);
});

test("a mail is its first characters, and 1 for spam", async () => {
  const { tokens, labels } = mailBatch(ring.mails.slice(0, 4), 8);
  const expected = ring.mails.slice(0, 4).map(({ text }) => Array.from(encode(text.slice(0, 8))));
  expect(await tokens.array()).toEqual(expected);
  expect(Array.from(await labels.data())).toEqual(ring.mails.slice(0, 4).map(({ label }) => label));
});

describe("logits of mails", () => {
  const head = () => ({ weight: random(5).normal([dModel, 2]), bias: tf.tensor1d([0.5, -1]) });
  test.each(["without", "with"])("are linear in the mean over characters, %s a prompt", async (how) => {
    const { tokens } = mailBatch(ring.mails.slice(0, 3), 8);
    const options = how === "with" ? { prompt: random(6).normal([5, dModel]) } : {};
    const stream = trace(ring.model, tokens, 4, options).residuals.at(-1)!;
    const [, time] = stream.shape as [number, number];
    const all = rows(Array.from(await stream.data()), dModel);
    const { gain, bias } = ring.model.norm;
    const [g, b] = [Array.from(await gain.data()), Array.from(await bias.data())];
    const { weight, bias: shift } = head();
    const means = [0, 1, 2].map((mail) => {
      const own = layerNorm(all.slice((mail + 1) * time - 8, (mail + 1) * time), g, b);
      return own[0]!.map((_, f) => own.reduce((sum, row) => sum + row[f]!, 0) / 8);
    });
    const plain = product(means, rows(Array.from(await weight.data()), 2));
    const offset = Array.from(await shift.data());
    const expected = plain.flatMap((row) => row.map((value, i) => value + offset[i]!));
    await expectClose(
      mailLogits({ model: ring.model, options }, { weight, bias: shift }, tokens),
      expected,
      1e-4,
    );
  });
});

describe("a competition", () => {
  const at = { rate: 1e-3, seed: 1 };

  test("of the head alone trains 130 numbers, forgets nothing, and takes the FLOPs of its products", async () => {
    const outcome = await compete(ring, "head only", headOnly, at);
    expect(outcome).toMatchObject({ trained: 2 * dModel + 2, forgetting: 0 });
    const N = 2 * 8; // characters of a batch
    const forwardPass =
      2 * N * vocabSize * dModel + // looked up
      numLayers * (4 * 2 * N * dModel ** 2 + 2 * 2 * 2 * 8 ** 2 * dModel + 2 * 2 * N * dModel * dFf) +
      2 * N * dModel * vocabSize; // the head of pre-training
    const head = 2 * 2 * dModel * 2;
    expect(outcome.flops).toBe(3 * (forwardPass + 2 * head));
  });

  test("leaves the model as it was, and comes to the same with the same seed", async () => {
    const before = await ring.model.blocks[0]!.attention.query.data();
    const [one, again] = [await compete(ring, "full", full, at), await compete(ring, "full", full, at)];
    expect(await ring.model.blocks[0]!.attention.query.data()).toEqual(before);
    expect([again.accuracy, again.validation, again.forgetting]).toEqual([
      one.accuracy,
      one.validation,
      one.forgetting,
    ]);
    expect(one.forgetting).not.toBe(0);
    const other = await compete(ring, "full", full, { ...at, seed: 2 });
    expect(other.validation).not.toBe(one.validation);
    // All but the head that names characters.
    const all = Object.values(flatten(ring.model)).reduce((sum, { size }) => sum + size, 0);
    expect(one.trained).toBe(all - dModel * vocabSize + 130);
  });

  test("without gradients has half as many steps again, each on one batch", async () => {
    const losses: number[][] = [];
    const entry: Entry = (model) =>
      contender({ x: tf.zeros([1]) }, () => ({ model }), {
        step(F, W) {
          losses.push([F(W).dataSync()[0]!, F(W).dataSync()[0]!]);
          return W.map((w) => tf.add(w, 0));
        },
      });
    await compete(ring, "none", entry, at);
    expect(losses).toHaveLength(5); // ⌈1.5 × 3⌉
    for (const [first, second] of losses) expect(second).toBe(first);
    expect(new Set(losses.map(([first]) => first)).size).toBe(5);
  });

  test("trains only what an entry names", async () => {
    const entry: Entry = (model) =>
      contender(
        { moves: tf.ones([dModel]), stays: tf.ones([dModel]) },
        ({ moves, stays }) => {
          const gain = tf.mul(model.norm.gain, tf.mul(moves, stays)) as tf.Tensor1D;
          return { model: { ...model, norm: { ...model.norm, gain } } };
        },
        { trains: "moves" },
      );
    const { trained, result } = await compete(ring, "gain", entry, at);
    expect(trained).toBe(dModel + 130);
    const ratio = await tf.div(result.model.norm.gain, ring.model.norm.gain).data();
    expect(ratio.some((value) => Math.abs(value - 1) > 1e-5)).toBe(true);
  });
});
