import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { attend, causalMask, initAttention, selfAttention, windowMask } from "#lab/attention";
import { embed, gelu, initBias, initLinear, initNorm, layerNorm, linear, rmsNorm } from "#lab/layer";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, rows, slope } = reference;

onEachDevice(() => {
  describe("linear", () => {
    const [x, w] = [numbers(12, 1), numbers(20, 2)];
    test("is x W over the last axis, for any leading axes", async () => {
      const y = linear(tf.tensor3d(x, [1, 3, 4]), tf.tensor2d(w, [4, 5]));
      expect(y.shape).toEqual([1, 3, 5]);
      await expectClose(y, reference.product(rows(x, 4), rows(w, 5)).flat());
    });
    test("adds a bias to every row, with its gradient", async () => {
      const [bias, weights] = [numbers(5, 40), numbers(15, 41)];
      const f = (b: number[]) =>
        reference.product(rows(x, 4), rows(w, 5)).map((row) => row.map((y, j) => y + b[j]!));
      const y = (b: tf.Tensor) => linear(tf.tensor3d(x, [1, 3, 4]), tf.tensor2d(w, [4, 5]), b as tf.Tensor1D);
      await expectClose(y(tf.tensor1d(bias)), f(bias).flat());
      const gradient = tf.grad((b: tf.Tensor) => tf.sum(tf.mul(y(b), tf.tensor3d(weights, [1, 3, 5]))));
      const total = (b: number[]) =>
        f(b)
          .flat()
          .reduce((sum, v, i) => sum + v * weights[i]!, 0);
      await expectClose(gradient(tf.tensor1d(bias)), slope(total, bias));
      expect(() => y(tf.zeros([4]))).toThrow("linear: expected a bias of shape [5], got shape [4]");
    });
    test("names the axis that does not fit", () => {
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([4, 5]))).toThrow(
        "last axis of dIn = 4, got shape [2,3]",
      );
    });
  });

  test("initLinear and initNorm have the shapes and moments asked for", async () => {
    const weight = initLinear(random(0), 100, 200, 0.1);
    const { mean, variance } = tf.moments(weight);
    expect(weight.shape).toEqual([100, 200]);
    expect(Math.abs(await read(mean))).toBeLessThan(0.003);
    expect(await read(variance)).toBeCloseTo(0.01, 3);
    const norm = initNorm(3);
    await expectClose(norm.gain, [1, 1, 1]);
    await expectClose(norm.bias, [0, 0, 0]);
  });

  test("initLinear draws uniformly within ±1/√dIn, its bias too", async () => {
    const weight = initLinear(random(0), 100, 200, "uniform fan-in");
    const bias = initBias(random(1), 100, 20_000, "uniform fan-in");
    for (const tensor of [weight, bias]) {
      const values = Array.from(await tensor.data());
      expect(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThanOrEqual(0.1);
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      expect(variance).toBeCloseTo(0.1 ** 2 / 3, 4);
    }
    await expectClose(initBias(random(1), 100, 3, 0.5), [0, 0, 0], 1e-9);
  });

  describe("embed", () => {
    const tokens = [2, 0, 1, 2, 2, 0];
    const table = numbers(12, 3);
    test("looks rows up", async () => {
      const y = embed(tf.tensor2d(tokens, [2, 3], "int32"), tf.tensor2d(table, [3, 4]));
      expect(y.shape).toEqual([2, 3, 4]);
      await expectClose(
        y,
        tokens.flatMap((token) => rows(table, 4)[token]!),
        1e-7,
      );
    });
    test("gives each row the sum of its gradients", async () => {
      const weights = numbers(24, 4);
      const loss = (t: tf.Tensor) =>
        tf.sum(
          tf.mul(
            embed(tf.tensor2d(tokens, [2, 3], "int32"), t as tf.Tensor2D),
            tf.tensor(weights, [2, 3, 4]),
          ),
        );
      const f = (t: number[]) =>
        tokens.flatMap((token) => rows(t, 4)[token]!).reduce((sum, v, i) => sum + v * weights[i]!, 0);
      await expectClose(tf.grad(loss)(tf.tensor2d(table, [3, 4])), slope(f, table));
    });
  });

  describe("layerNorm", () => {
    const [x, gain, bias, weights] = [numbers(24, 5), numbers(4, 6), numbers(4, 7), numbers(24, 8)];
    const weigh = (y: reference.Matrix) => y.flat().reduce((sum, v, i) => sum + v * weights[i]!, 0);
    const loss = (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) => {
      const norm = { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D };
      return tf.sum(tf.mul(layerNorm(x, norm), tf.tensor(weights, [2, 3, 4]))) as tf.Scalar;
    };
    const inputs = () => [tf.tensor(x, [2, 3, 4]), tf.tensor1d(gain), tf.tensor1d(bias)];
    test("normalises the last axis", async () => {
      const y = layerNorm(tf.tensor(x, [2, 3, 4]), { gain: tf.tensor1d(gain), bias: tf.tensor1d(bias) });
      expect(y.shape).toEqual([2, 3, 4]);
      await expectClose(y, reference.layerNorm(rows(x, 4), gain, bias).flat());
    });
    test("has the gradients of x, gain and bias", async () => {
      const gradients = tf.grads(loss)(inputs());
      await expectClose(
        gradients[0]!,
        slope((v) => weigh(reference.layerNorm(rows(v, 4), gain, bias)), x),
        1e-4,
      );
      await expectClose(
        gradients[1]!,
        slope((v) => weigh(reference.layerNorm(rows(x, 4), v, bias)), gain),
        1e-4,
      );
      await expectClose(
        gradients[2]!,
        slope((v) => weigh(reference.layerNorm(rows(x, 4), gain, v)), bias),
        1e-4,
      );
    });
    test("can be differentiated twice", async () => {
      const cubed = (v: number[]) =>
        reference
          .layerNorm(rows(v, 4), gain, bias)
          .flat()
          .reduce((s, y) => s + y ** 3, 0);
      const first = (v: number[]) => slope(cubed, v, 1e-4).reduce((s, g, i) => s + g * weights[i]!, 0);
      const norm = { gain: tf.tensor1d(gain), bias: tf.tensor1d(bias) };
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.pow(layerNorm(x, norm), tf.scalar(3, "int32"))));
      const second = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(gradient(x), tf.tensor(weights, [2, 3, 4]))));
      await expectClose(second(tf.tensor(x, [2, 3, 4])), slope(first, x, 1e-3), 5e-3);
    });
    test("names a gain that does not fit", () => {
      expect(() => layerNorm(tf.zeros([2, 3]), initNorm(4))).toThrow("dModel = 4, got shape [2,3]");
    });
  });

  describe("rmsNorm", () => {
    const [x, gain, weights] = [numbers(24, 45), numbers(4, 46), numbers(24, 47)];
    const expected = (x: number[], gain: number[]) =>
      rows(x, 4).flatMap((row) => {
        const size = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / 4 + 1e-5);
        return row.map((value, j) => (gain[j]! * value) / size);
      });
    const total = (y: number[]) => y.reduce((sum, v, i) => sum + v * weights[i]!, 0);
    test("divides by the root mean square", async () => {
      const y = rmsNorm(tf.tensor(x, [2, 3, 4]), tf.tensor1d(gain));
      expect(y.shape).toEqual([2, 3, 4]);
      await expectClose(y, expected(x, gain));
    });
    test("has the gradients of x and gain", async () => {
      const loss = (x: tf.Tensor, gain: tf.Tensor) =>
        tf.sum(tf.mul(rmsNorm(x, gain as tf.Tensor1D), tf.tensor(weights, [2, 3, 4])));
      const [dx, dGain] = tf.grads(loss)([tf.tensor(x, [2, 3, 4]), tf.tensor1d(gain)]);
      await expectClose(
        dx!,
        slope((v) => total(expected(v, gain)), x),
        1e-4,
      );
      await expectClose(
        dGain!,
        slope((v) => total(expected(x, v)), gain),
        1e-4,
      );
    });
    test("names a gain that does not fit", () => {
      expect(() => rmsNorm(tf.zeros([2, 3]), tf.zeros([4]))).toThrow(
        "rmsNorm: expected x with a last axis of dModel = 4",
      );
    });
  });

  describe("gelu", () => {
    const x = [-3, -1, -0.1, 0, 0.5, 2, 4];
    test("is x Φ(x)", async () => expectClose(gelu(tf.tensor1d(x)), x.map(reference.gelu), 2e-6));
    test("has the slope of x Φ(x), and of that", async () => {
      const first = tf.grad((t: tf.Tensor) => tf.sum(gelu(t)));
      const total = (f: (x: number) => number) => (v: number[]) => v.map(f).reduce((a, b) => a + b, 0);
      await expectClose(first(tf.tensor1d(x)), slope(total(reference.gelu), x), 2e-6);
      const slopeOf = (value: number) => slope(([v]) => reference.gelu(v!), [value])[0]!;
      const second = tf.grad((t: tf.Tensor) => tf.sum(first(t)));
      await expectClose(second(tf.tensor1d(x)), slope(total(slopeOf), x, 1e-3), 1e-4);
    });
  });

  describe("attention", () => {
    const x = numbers(5 * 8, 9);
    const matrices = ["query", "key", "value", "output"] as const;
    const weights = matrices.map((_, index) => numbers(64, 10 + index));
    const named = <T>(make: (values: number[]) => T) =>
      Object.fromEntries(matrices.map((name, index) => [name, make(weights[index]!)])) as Record<
        (typeof matrices)[number],
        T
      >;
    const tensors = () => named((values) => tf.tensor2d(values, [8, 8]));
    test("windowMask hides what comes after, and what is too long ago", async () => {
      const [no, _] = [-1e9, 0];
      await expectClose(windowMask(4, 2), [_, no, no, no, _, _, no, no, no, _, _, no, no, no, _, _]);
      await expectClose(windowMask(3, 3), Array.from(await causalMask(3).data()));
      expect(() => windowMask(4, 0)).toThrow("windowMask: expected a width of at least 1 position, got 0");
    });
    test("causalMask hides what comes after", async () => {
      await expectClose(causalMask(3), [0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]);
    });
    test.each([true, false])("selfAttention with causal mask: %s", async (causal) => {
      const mask = causal ? causalMask(5) : undefined;
      const y = selfAttention(tf.tensor3d(x, [1, 5, 8]), tensors(), { numHeads: 2, mask });
      const expected = reference.attention(
        rows(x, 8),
        named((values) => rows(values, 8)),
        2,
        causal,
      );
      await expectClose(y, expected.flat());
    });
    test("has the gradient of its input", async () => {
      const f = (v: number[]) =>
        reference
          .attention(
            rows(v, 8),
            named((w) => rows(w, 8)),
            2,
            true,
          )
          .flat();
      const loss = (t: tf.Tensor) =>
        tf.sum(tf.square(selfAttention(t, tensors(), { numHeads: 2, mask: causalMask(5) })));
      const expected = slope((v) => f(v).reduce((sum, y) => sum + y * y, 0), x);
      await expectClose(tf.grad(loss)(tf.tensor3d(x, [1, 5, 8])), expected, 1e-4);
    });
    test("keeps sequences of a batch apart", async () => {
      const two = tf.tensor3d([...x, ...numbers(40, 20)], [2, 5, 8]);
      const both = selfAttention(two, tensors(), { numHeads: 2 });
      const first = selfAttention(tf.tensor3d(x, [1, 5, 8]), tensors(), { numHeads: 2 });
      expect(await read(largestDifference(tf.slice(both, [0, 0, 0], [1, 5, 8]), first))).toBeLessThan(1e-5);
    });
    test("names sizes that do not fit", () => {
      const x = tf.zeros([1, 2, 8]);
      expect(() => selfAttention(x, tensors(), { numHeads: 3 })).toThrow(
        "dModel = 8 to be a multiple of numHeads, got 3",
      );
      const [Q, K]: [tf.Tensor4D, tf.Tensor4D] = [tf.zeros([1, 2, 4, 8]), tf.zeros([1, 2, 4, 4])];
      expect(() => attend(Q, K, K)).toThrow("attend: expected K with dHead = 8, got shape [1,2,4,4]");
    });
    test("initAttention draws four different projections", async () => {
      const made = leaves(initAttention(random(1), 32, 0.3)).map(({ tensor }) => tensor);
      for (const matrix of made)
        expect(Math.sqrt(await read(tf.moments(matrix).variance))).toBeCloseTo(0.3, 1);
      const firsts = await Promise.all(made.map(async (matrix) => (await matrix.data())[0]));
      expect(new Set(firsts).size).toBe(4);
    });
  });

  describe("crossEntropy", () => {
    const logits = numbers(15, 30).map((value) => Math.fround(value * 4));
    const targets = [4, 0, 2];
    test("is in nats, with its gradient", async () => {
      const t = tf.tensor1d(targets, "int32");
      await expectClose(crossEntropy(tf.tensor2d(logits, [3, 5]), t), [
        reference.crossEntropy(rows(logits, 5), targets),
      ]);
      const gradient = tf.grad((l: tf.Tensor) => crossEntropy(l, t))(tf.tensor2d(logits, [3, 5]));
      await expectClose(
        gradient,
        slope((v) => reference.crossEntropy(rows(v, 5), targets), logits),
      );
    });
    test("averages over the positions that count", async () => {
      const [t, counts] = [tf.tensor1d(targets, "int32"), tf.tensor1d([1, 0, 1])];
      const f = (v: number[]) => {
        const [first, , third] = rows(v, 5);
        return reference.crossEntropy([first!, third!], [4, 2]);
      };
      await expectClose(crossEntropy(tf.tensor2d(logits, [3, 5]), t, counts), [f(logits)]);
      const gradient = tf.grad((l: tf.Tensor) => crossEntropy(l, t, counts))(tf.tensor2d(logits, [3, 5]));
      await expectClose(gradient, slope(f, logits));
      expect(() => crossEntropy(tf.zeros([3, 5]), t, tf.ones([2]))).toThrow(
        "counts of shape [3], got shape [2]",
      );
    });
    test("accuracy is the share of right answers", async () => {
      const scores = tf.tensor3d([1, 5, 2, 9, 0, 3, 0, 0, 1, 4, 5, 6], [2, 2, 3]);
      await expectClose(accuracy(scores, tf.tensor2d([1, 0, 0, 2], [2, 2], "int32")), [0.75]);
      expect(() => accuracy(scores, tf.zeros([2], "int32"))).toThrow(
        "accuracy: expected targets of shape [2,2], got shape [2]",
      );
    });
    test("names targets that do not fit", () => {
      expect(() => crossEntropy(tf.zeros([2, 3, 5]), tf.zeros([2, 4], "int32"))).toThrow(
        "shape [2,3], got shape [2,4]",
      );
    });
  });

  test("largestDifference and read", async () => {
    expect(await read(largestDifference(tf.tensor1d([1, -2]), tf.tensor1d([1.5, 2])))).toBe(4);
    expect(() => largestDifference(tf.zeros([2]), tf.zeros([3]))).toThrow("got [2] and [3]");
    await expect(read(tf.zeros([2]))).rejects.toThrow("read: expected a scalar, got shape [2]");
  });
});
