import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { windowMask } from "#lab/attention";
import { decodeWithCache } from "#lab/cache";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { expectClose, onEachDevice } from "#tests/lab/device-case";

const shape = { vocabSize: 7, time: 6, dModel: 8, numHeads: 2, numLayers: 2 };
const model = () => initLanguageModel(random(1), shape, 0.5);
const tokens = () => tf.tensor2d([[3, 1, 4, 1, 5, 2]], [1, 6], "int32");
const all = (inputs: tf.Tensor3D) => Promise.resolve(Array.from({ length: inputs.shape[1] }, (_, j) => j));

onEachDevice(() => {
  test("a cache that keeps everything gives the logits of a forward pass", async () => {
    const { logits, sizes } = await decodeWithCache(model(), tokens(), { numHeads: 2, stay: all });
    expect(sizes).toEqual([6, 6]);
    await expectClose(logits, Array.from(await forward(model(), tokens(), 2).data()), 1e-4);
  });

  test("one that keeps the last three in a layer gives those of a window in that layer", async () => {
    const stay = async (inputs: tf.Tensor3D, l: number) =>
      l === 2 ? (await all(inputs)).slice(-3) : all(inputs);
    const { logits, sizes } = await decodeWithCache(model(), tokens(), { numHeads: 2, stay });
    expect(sizes).toEqual([6, 3]);
    const attention = (l: number) => (l === 2 ? { mask: windowMask(6, 3) } : {});
    const expected = forward(model(), tokens(), 2, { attention });
    await expectClose(logits, Array.from(await expected.data()), 1e-4);
    const plain = Array.from(await forward(model(), tokens(), 2).data());
    const given = Array.from(await logits.data());
    expect(Math.max(...given.map((value, i) => Math.abs(value - plain[i]!)))).toBeGreaterThan(1e-3);
  });

  test("keeps the logits, and nothing else", async () => {
    const [one, two] = [model(), tokens()];
    const before = tf.memory().numTensors;
    await decodeWithCache(one, two, { numHeads: 2, stay: all });
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

test("refuses a cache without the newest token, and several sequences at once", async () => {
  const stay = () => Promise.resolve([]);
  await expect(decodeWithCache(model(), tokens(), { numHeads: 2, stay })).rejects.toThrow(
    "decodeWithCache: expected the newest token, place 0, to stay, got []",
  );
  const two = tf.tensor2d([1, 2, 3, 4], [2, 2], "int32");
  await expect(decodeWithCache(model(), two, { numHeads: 2, stay: all })).rejects.toThrow(
    "decodeWithCache: expected one sequence [1, time], got shape [2,2]",
  );
});
