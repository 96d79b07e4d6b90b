import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { type Attention, type AttentionKernel, paddingMask, selfAttention } from "#lab/attention";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows, slope, softmax } = reference;

/** Sizes of one sequence: time 3, dModel 4, two heads of 2. */
const [time, dModel, dHead] = [3, 4, 2];
const x = numbers(time * dModel, 1);
const names = ["query", "key", "value", "output"] as const;
const weights = Object.fromEntries(names.map((name, i) => [name, numbers(16, 2 + i)])) as Record<
  (typeof names)[number],
  number[]
>;
const biases = Object.fromEntries(names.map((name, i) => [name, numbers(4, 12 + i)])) as typeof weights;

const add = (matrix: reference.Matrix, bias: number[]) =>
  matrix.map((row) => row.map((v, j) => v + bias[j]!));

/** Attention in float64, with the same places to change things: per head, `weigh` makes weights of a score row. */
function expected(
  input: number[],
  { weigh = softmax, biased = false, keys = (k: reference.Matrix) => k } = {},
): number[] {
  const b = (name: (typeof names)[number]) => (biased ? biases[name] : [0, 0, 0, 0]);
  const project = (name: (typeof names)[number]) =>
    add(product(rows(input, 4), rows(weights[name], 4)), b(name));
  const [q, k, v] = [project("query"), keys(project("key")), project("value")];
  const mixed = q.map((row) =>
    [0, 1].flatMap((head) => {
      const part = (values: number[]) => values.slice(head * dHead, (head + 1) * dHead);
      const dot = (a: number[], c: number[]) => a.reduce((sum, value, j) => sum + value * c[j]!, 0);
      const share = weigh(k.map((other) => dot(part(row), part(other)) / Math.sqrt(dHead)));
      return part(v[0]!).map((_, j) => share.reduce((sum, weight, s) => sum + weight * part(v[s]!)[j]!, 0));
    }),
  );
  return add(product(mixed, rows(weights.output, 4)), b("output")).flat();
}

onEachDevice(() => {
  const input = () => tf.tensor3d(x, [1, time, dModel]);
  const attention = (): Attention => {
    const [query, key, value, output] = names.map((name) => tf.tensor2d(weights[name], [4, 4]));
    return { query: query!, key: key!, value: value!, output: output! };
  };
  const linearKernel: AttentionKernel = (Q, K, V) =>
    tf.matMul(tf.matMul(Q, K, false, true), V) as tf.Tensor4D;
  const unscaled = (scores: number[]) => scores.map((score) => score * Math.sqrt(dHead));

  describe("kernel", () => {
    test("is replaced by any function of Q, K and V, with its gradient", async () => {
      const y = (t: tf.Tensor) => selfAttention(t, attention(), { numHeads: 2, kernel: linearKernel });
      await expectClose(y(input()), expected(x, { weigh: unscaled }));
      const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.square(y(t))))(input());
      const total = (v: number[]) =>
        expected(v, { weigh: unscaled }).reduce((sum, value) => sum + value ** 2, 0);
      await expectClose(gradient, slope(total, x), 1e-4);
    });
    test("is given the mask", () => {
      const mask = tf.zeros([time, time]);
      let seen: tf.Tensor | undefined;
      const kernel: AttentionKernel = (_Q, _K, V, given) => ((seen = given), V);
      selfAttention(input(), attention(), { numHeads: 2, mask, kernel });
      expect(seen).toBe(mask);
    });
    test("may not pass a hook on scores by", () => {
      const given = { numHeads: 2, kernel: linearKernel, hooks: { weights: () => undefined } };
      expect(() => selfAttention(input(), attention(), given)).toThrow(
        "selfAttention: expected a kernel that has weights, since hooks.weights is given",
      );
    });
    test("returns the shape of Q", () => {
      const kernel: AttentionKernel = (Q) => tf.slice(Q, [0, 0, 0, 0], [1, 2, 2, 2]);
      expect(() => selfAttention(input(), attention(), { numHeads: 2, kernel })).toThrow(
        "a kernel that returns shape [1,2,3,2], got [1,2,2,2]",
      );
    });
  });

  describe("hooks", () => {
    test("see every tensor, and leave it alone when they return nothing", async () => {
      const seen: Record<string, number[]> = {};
      const look = (name: string) => (tensor: tf.Tensor4D) => void (seen[name] = tensor.shape);
      const places = ["queries", "keys", "values", "scores", "weights", "outputs"];
      const hooks = Object.fromEntries(places.map((name) => [name, look(name)]));
      await expectClose(selfAttention(input(), attention(), { numHeads: 2, hooks }), expected(x));
      const heads = [1, 2, 3, 2];
      const scores = [1, 2, 3, 3];
      expect(seen).toEqual({
        queries: heads,
        keys: heads,
        values: heads,
        scores,
        weights: scores,
        outputs: heads,
      });
    });
    test("change keys", async () => {
      const y = selfAttention(input(), attention(), { numHeads: 2, hooks: { keys: (K) => tf.mul(K, -3) } });
      await expectClose(y, expected(x, { keys: (k) => k.map((row) => row.map((v) => -3 * v)) }));
    });
    test("change scores before the softmax, and weights after it", async () => {
      const y = selfAttention(input(), attention(), {
        numHeads: 2,
        hooks: { scores: (scores) => tf.mul(scores, 2), weights: (weights) => tf.square(weights) },
      });
      const weigh = (scores: number[]) =>
        softmax(scores.map((score) => 2 * score)).map((weight) => weight ** 2);
      await expectClose(y, expected(x, { weigh }));
    });
    test("change queries, values and outputs", async () => {
      // Values doubled and outputs tripled make the result six times as large; queries of 0 weigh all values alike.
      const y = selfAttention(input(), attention(), {
        numHeads: 2,
        hooks: { queries: tf.zerosLike, values: (V) => tf.mul(V, 2), outputs: (heads) => tf.mul(heads, 3) },
      });
      const alike = expected(x, { weigh: (scores) => scores.map(() => 1 / scores.length) });
      await expectClose(
        y,
        alike.map((value) => 6 * value),
      );
    });
    test("may make keys and values longer than the queries", async () => {
      const more = (tensor: tf.Tensor4D) => tf.concat([tensor, tensor], 2);
      const hooks = { keys: more, values: more };
      // Every key twice: each pair shares the weight that it had.
      await expectClose(selfAttention(input(), attention(), { numHeads: 2, hooks }), expected(x));
      expect(() => selfAttention(input(), attention(), { numHeads: 2, hooks: { keys: more } })).toThrow(
        "attend: expected V with time = 6 as K has, got shape [1,2,3,2]",
      );
    });
  });

  test("selfAttention adds its biases", async () => {
    const biased = Object.fromEntries(names.map((name) => [name, tf.tensor1d(biases[name])]));
    const model = { ...attention(), biases: biased as NonNullable<Attention["biases"]> };
    await expectClose(selfAttention(input(), model, { numHeads: 2 }), expected(x, { biased: true }));
  });
  test("paddingMask hides tokens that only fill up", async () => {
    const mask = paddingMask(tf.tensor2d([1, 1, 0], [1, 3]));
    const weigh = ([a, b]: number[]) => [...softmax([a!, b!]), 0];
    await expectClose(selfAttention(input(), attention(), { numHeads: 2, mask }), expected(x, { weigh }));
  });
});
