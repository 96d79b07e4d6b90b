import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { attend, causalMask, selfAttention } from "#lab/attention";
import { fusedAttend, fusedAttention } from "#lab/kernel/fused-attention";
import { largestDifference, read } from "#lab/metric";
import { expectClose, onEachDevice } from "#tests/lab/device-case";
import { numbers, slope, softmax } from "#tests/lab/reference";

interface Sizes {
  batch: number;
  heads: number;
  time: number;
  keys: number;
  dHead: number;
}

/** softmax(Q Kᵀ / √dHead + mask) V by loops in float64; `mask` tells its number for each score. */
function attention(
  { batch, heads, time, keys, dHead }: Sizes,
  [Q, K, V]: [number[], number[], number[]],
  mask: (b: number, h: number, t: number, s: number) => number,
): number[] {
  const result: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < time; t++) {
        const row = ((b * heads + h) * time + t) * dHead;
        const at = (s: number, j: number) => ((b * heads + h) * keys + s) * dHead + j;
        const scores = Array.from({ length: keys }, (_, s) => {
          let score = 0;
          for (let j = 0; j < dHead; j++) score += Q[row + j]! * K[at(s, j)]!;
          return score / Math.sqrt(dHead) + mask(b, h, t, s);
        });
        const weights = softmax(scores);
        for (let j = 0; j < dHead; j++) result.push(weights.reduce((sum, w, s) => sum + w * V[at(s, j)]!, 0));
      }
  return result;
}

const none = () => 0;
const past = (_b: number, _h: number, t: number, s: number) => (s > t ? -Infinity : 0);
const square: Sizes = { batch: 2, heads: 2, time: 5, keys: 5, dHead: 4 };
const odd: Sizes = { batch: 1, heads: 3, time: 4, keys: 6, dHead: 3 }; // no vec4, more keys than queries
const size = ({ batch, heads, dHead }: Sizes, length: number) => batch * heads * length * dHead;
const valuesOf = (sizes: Sizes): [number[], number[], number[]] => [
  numbers(size(sizes, sizes.time), 1).map((x) => Math.fround(3 * x)),
  numbers(size(sizes, sizes.keys), 2).map((x) => Math.fround(3 * x)),
  numbers(size(sizes, sizes.keys), 3),
];
const tensorsOf = ({ batch, heads, time, keys, dHead }: Sizes, [Q, K, V]: number[][]) => [
  tf.tensor4d(Q!, [batch, heads, time, dHead]),
  tf.tensor4d(K!, [batch, heads, keys, dHead]),
  tf.tensor4d(V!, [batch, heads, keys, dHead]),
];
const maskValues = numbers(2 * 5, 4); // [batch, 1, 1, keys] for `square`

const cases = [
  { name: "in both directions", sizes: square, causal: false, mask: none },
  { name: "causal", sizes: square, causal: true, mask: past },
  {
    name: "with rows that are no multiple of four, and more keys than queries",
    sizes: odd,
    causal: false,
    mask: none,
  },
  {
    name: "with a mask that broadcasts",
    sizes: square,
    causal: false,
    mask: (b: number, _h: number, _t: number, s: number) => maskValues[b * 5 + s]!,
    given: { values: maskValues, shape: [2, 1, 1, 5] },
  },
  {
    name: "with a mask, causal",
    sizes: square,
    causal: true,
    mask: (b: number, h: number, t: number, s: number) => past(b, h, t, s) + maskValues[t * 2]! * s,
    given: {
      values: Array.from({ length: 25 }, (_, i) => maskValues[Math.floor(i / 5) * 2]! * (i % 5)),
      shape: [5, 5],
    },
  },
];

onEachDevice((device) => {
  describe.each(cases)("fusedAttention $name", ({ sizes, causal, mask, given }) => {
    const values = valuesOf(sizes);
    const kernel = fusedAttention({ causal });
    const maskTensor = () => given && tf.tensor(given.values, given.shape);
    test("is softmax(Q Kᵀ / √dHead + mask) V", async () => {
      const [Q, K, V] = tensorsOf(sizes, values) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const y = kernel(Q, K, V, maskTensor());
      expect(y.shape).toEqual(Q.shape);
      await expectClose(y, attention(sizes, values, mask));
    });
    test("has the gradients of Q, K and V", async () => {
      const weights = numbers(size(sizes, sizes.time), 9);
      const loss = (...[Q, K, V]: tf.Tensor[]) => {
        const y = kernel(Q as tf.Tensor4D, K as tf.Tensor4D, V as tf.Tensor4D, maskTensor());
        return tf.sum(tf.mul(y, tf.tensor(weights, y.shape))) as tf.Scalar;
      };
      const gradients = tf.grads(loss)(tensorsOf(sizes, values));
      for (const [index, gradient] of gradients.entries()) {
        const f = (moved: number[]) => {
          const inputs = values.map((own, i) => (i === index ? moved : own)) as [
            number[],
            number[],
            number[],
          ];
          return attention(sizes, inputs, mask).reduce((sum, y, i) => sum + y * weights[i]!, 0);
        };
        await expectClose(gradient, slope(f, values[index]!), 1e-4);
      }
    });
  });

  test("has the gradient of a mask that broadcasts", async () => {
    const values = valuesOf(square);
    const [Q, K, V] = tensorsOf(square, values) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const loss = (mask: tf.Tensor) => tf.sum(tf.square(fusedAttend(Q, K, V, mask)));
    const f = (moved: number[]) =>
      attention(square, values, (b, _h, _t, s) => moved[b * 5 + s]!).reduce((sum, y) => sum + y * y, 0);
    const gradient = tf.grad(loss)(tf.tensor(maskValues, [2, 1, 1, 5]));
    expect(gradient.shape).toEqual([2, 1, 1, 5]);
    await expectClose(gradient, slope(f, maskValues), 1e-4);
  });

  test("can be differentiated twice, as attend can", async () => {
    const [Q, K, V] = tensorsOf(square, valuesOf(square)) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const weights = tf.tensor(numbers(Q.size, 5), Q.shape);
    const second = (kernel: typeof attend) => {
      const first = tf.grad((x: tf.Tensor) => tf.sum(tf.square(kernel(x as tf.Tensor4D, K, V))));
      return tf.grad((x: tf.Tensor) => tf.sum(tf.mul(first(x), weights)))(Q);
    };
    expect(await read(largestDifference(second(fusedAttend), second(attend)))).toBeLessThan(1e-4);
  });

  test("keeps scores of a thousand apart", async () => {
    const one = { batch: 1, heads: 1, time: 1, keys: 3, dHead: 1 };
    const y = fusedAttend(...(tensorsOf(one, [[1000], [-1, 0, 1], [5, 6, 7]]) as Parameters<typeof attend>));
    await expectClose(y, [7]);
  });

  test("takes the place of attend in selfAttention", async () => {
    const weight = (seed: number) => tf.tensor2d(numbers(64, seed), [8, 8]);
    const weights = { query: weight(1), key: weight(2), value: weight(3), output: weight(4) };
    const x = tf.tensor3d(numbers(2 * 5 * 8, 6), [2, 5, 8]);
    const options = { numHeads: 2, mask: causalMask(5) };
    const composed = selfAttention(x, weights, options);
    const fused = selfAttention(x, weights, { ...options, kernel: fusedAttend });
    expect(await read(largestDifference(fused, composed))).toBeLessThan(1e-5);
  });

  test(`leaves nothing behind on ${device}`, () => {
    const tensors = tensorsOf(square, valuesOf(square)) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const before = tf.memory().numTensors;
    tf.dispose(fusedAttention({ causal: true })(...tensors));
    tf.dispose(tf.grads((...given) => tf.sum(fusedAttend(...(given as typeof tensors))))(tensors));
    expect(tf.memory().numTensors).toBe(before);
  });

  test("names shapes that do not fit", () => {
    const zeros = (...shape: [number, number, number, number]) => tf.zeros<tf.Rank.R4>(shape);
    const Q = zeros(1, 2, 4, 8);
    expect(() => fusedAttend(Q, zeros(1, 2, 4, 4), Q)).toThrow(
      "fusedAttention: expected K with shape [1,2,4,8] for Q [1,2,4,8], got shape [1,2,4,4]",
    );
    expect(() => fusedAttend(Q, zeros(1, 2, 6, 8), Q)).toThrow("expected V with shape [1,2,6,8]");
    expect(() => fusedAttention({ causal: true })(Q, zeros(1, 2, 6, 8), zeros(1, 2, 6, 8))).toThrow(
      "expected K with shape [1,2,4,8]",
    );
    expect(() => fusedAttend(Q, Q, Q, tf.zeros([3, 4]))).toThrow(
      "fusedAttention: expected a mask that broadcasts to [1,2,4,4], got shape [3,4]",
    );
    expect(() => fusedAttend(Q, Q, Q, tf.zeros([1, 1, 2, 4, 4]))).toThrow("got shape [1,1,2,4,4]");
  });
});
