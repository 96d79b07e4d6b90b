import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { withBiases } from "#lab/arena/ring";
import { hooked, initFactors, split } from "#lab/entry/hooked-block";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { expectClose, onEachDevice } from "#tests/lab/device-case";

const shape = { vocabSize: 7, time: 6, dModel: 8, numHeads: 4, numLayers: 2, dFf: 12 };
const model = () => withBiases(initLanguageModel(random(1), shape, 0.3));
const tokens = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [1, 6], "int32");

onEachDevice(() => {
  test("without hooks, a block is the model's own", async () => {
    const own = Array.from(await forward(model(), tokens(), 4).data());
    await expectClose(
      forward(
        model(),
        tokens(),
        4,
        hooked(() => ({})),
      ),
      own,
    );
  });

  test("hooks see their place, and act at block l from 0", async () => {
    const seen: string[] = [];
    const options = hooked((l) => ({
      attention: (h) => (seen.push(`${l} attention ${h.shape}`), {}),
      hidden: (x) => (seen.push(`${l} hidden ${x.shape}`), x),
      after: (y, part) => (seen.push(`${l} after ${part} ${y.shape}`), y),
    }));
    forward(model(), tokens(), 4, options);
    expect(seen.slice(0, 4)).toEqual([
      "0 attention 1,6,8",
      "0 after attention 1,6,8",
      "0 hidden 1,6,12",
      "0 after feedForward 1,6,8",
    ]);
    expect(seen).toHaveLength(8);
  });

  test("zero after both sub-layers leaves the stream to head and embedding", async () => {
    const bare = { ...model(), blocks: [] };
    const expected = Array.from(await forward(bare, tokens(), 4).data());
    const nothing = hooked(() => ({ after: (y) => tf.zerosLike(y) }));
    await expectClose(forward(model(), tokens(), 4, nothing), expected);
  });

  test("split puts feature f of head h where it belongs", async () => {
    const x = tf.range(0, 2 * 3 * 8).reshape([2, 3, 8]);
    const heads = (await split(x).array()) as number[][][][];
    for (let b = 0; b < 2; b++)
      for (let h = 0; h < 4; h++)
        for (let t = 0; t < 3; t++)
          for (let f = 0; f < 2; f++) expect(heads[b]![h]![t]![f]).toBe((b * 3 + t) * 8 + h * 2 + f);
  });

  test("factors have the shapes of A and B, and B is zero", async () => {
    const { A, B } = initFactors(model(), random(2), 3);
    expect([A.shape, B.shape]).toEqual([
      [8, 3],
      [3, 8],
    ]);
    expect(Array.from(await B.data()).every((value) => value === 0)).toBe(true);
  });
});
