import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { classifySequences, embedSequences, initSequenceClassifier } from "#lab/sequence-classifier";
import { expectClose, onEachDevice } from "#tests/lab/device-case";
import { layerNorm, product } from "#tests/lab/reference";

const shape = { vocabSize: 7, time: 5, dModel: 8, dFf: 12, numLayers: 2, classes: 3 };
const model = () => initSequenceClassifier(random(1), shape);
const tokens = () => tf.tensor2d([3, 1, 4, 1, 5, 2, 6, 5, 3, 0], [2, 5], "int32");

onEachDevice(() => {
  test("a classifier has the tensors of its shape", () => {
    const shapes = Object.fromEntries(leaves(model()).map(({ path, tensor }) => [path, tensor.shape]));
    expect(shapes).toMatchObject({ tokens: [7, 8], positions: [5, 8], head: [8, 3], "norm.gain": [8] });
    expect(shapes["blocks.1.feedForward.hidden"]).toEqual([8, 12]);
    expect(shapes["blocks.2.feedForward.hidden"]).toBeUndefined();
  });

  test("embedding adds the position to the token", async () => {
    const plain = model();
    const [table, positions] = await Promise.all([plain.tokens.array(), plain.positions.array()]);
    const expected = [3, 1, 4, 1, 5, 2, 6, 5, 3, 0].flatMap((token, i) =>
      table[token]!.map((value, f) => value + positions[i % 5]![f]!),
    );
    await expectClose(embedSequences(plain, tokens()), expected);
  });

  test.each(["first", "mean"] as const)(
    "without blocks, the class is linear in the stream: %s",
    async (readAt) => {
      const none = { ...model(), blocks: [] };
      const x = (await embedSequences(none, tokens()).array()) as number[][][];
      const [gain, bias, head] = [
        Array.from(await none.norm.gain.data()),
        Array.from(await none.norm.bias.data()),
        await none.head.array(),
      ];
      const mean = (sequence: number[][]) =>
        sequence[0]!.map((_, f) => sequence.reduce((sum, row) => sum + row[f]!, 0) / sequence.length);
      const read = layerNorm(
        x.map((sequence) => (readAt === "first" ? sequence[0]! : mean(sequence))),
        gain,
        bias,
      );
      const logits = classifySequences(none, tf.tensor3d(x), 2, { readAt });
      await expectClose(logits, product(read, head).flat());
    },
  );

  test("the class hears of other tokens through attention alone", async () => {
    const [one, x] = [model(), embedSequences(model(), tokens())];
    const gradient = (kernel?: (Q: tf.Tensor4D, K: tf.Tensor4D, V: tf.Tensor4D) => tf.Tensor4D) =>
      tf.grad((x) =>
        tf.sum(tf.square(classifySequences(one, x, 2, { attention: () => (kernel ? { kernel } : {}) }))),
      )(x);
    const others = async (g: tf.Tensor) => Array.from(await tf.max(tf.abs(tf.slice(g, [0, 1]))).data())[0]!;
    expect(await others(gradient())).toBeGreaterThan(1e-4);
    expect(await others(gradient((_Q, _K, V) => V))).toBe(0);
  });
});
