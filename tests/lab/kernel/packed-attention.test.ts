import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { packedAttention, packedAttentionShader } from "#lab/kernel/packed-attention";
import { expectClose, onEachDevice } from "#tests/lab/device-case";
import { numbers, softmax } from "#tests/lab/reference";

/** Attention of packed sentences by loops in float64. */
function reference([Q, K, V]: number[][], heads: number, starts: number[], d: number): number[] {
  const rows = starts.at(-1)!;
  return Array.from({ length: heads * rows }, (_, index) => {
    const [head, row] = [Math.floor(index / rows), index % rows];
    const b = starts.findIndex((start, i) => start <= row && row < starts[i + 1]!);
    const keys = Array.from({ length: starts[b + 1]! - starts[b]! }, (_, s) => head * rows + starts[b]! + s);
    const scores = keys.map((key) => {
      let score = 0;
      for (let j = 0; j < d; j++) score += Q![index * d + j]! * K![key * d + j]!;
      return score / Math.sqrt(d);
    });
    const weights = softmax(scores);
    return Array.from({ length: d }, (_, j) =>
      weights.reduce((sum, weight, s) => sum + weight * V![keys[s]! * d + j]!, 0),
    );
  }).flat();
}

onEachDevice(() => {
  describe("packedAttention", () => {
    test.each([
      {
        name: "sentences of different lengths, one of one row",
        starts: [0, 1, 5, 7],
        d: 4,
      },
      { name: "one sentence", starts: [0, 6], d: 3 },
    ])("attends within each sentence: $name", async ({ starts, d }) => {
      const [heads, rows] = [2, starts.at(-1)!];
      const values = [1, 2, 3].map((seed) => numbers(heads * rows * d, seed).map((x) => Math.fround(9 * x)));
      const [Q, K, V] = values.map((own) => tf.tensor4d(own, [1, heads, rows, d]));
      await expectClose(packedAttention(starts)(Q!, K!, V!), reference(values, heads, starts, d), 1e-4);
    });
    test("refuses sentences that do not fill the rows", () => {
      const X = tf.zeros([1, 1, 4, 2]) as tf.Tensor4D;
      expect(() => packedAttention([0, 3])(X, X, X)).toThrow("starts [0,3]");
    });
  });
});

test("the shader's sizes are those of its heads", () => {
  const shader = packedAttentionShader(16);
  expect(shader).toContain("array<f32, 16>");
  expect(shader).toContain("* 0.25;"); // 1 / √16
  expect(shader).toMatch(/^fn main\(index : i32\) \{/);
});
