import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  additive,
  biasPath,
  initAdditive,
  initLowRank,
  initScaleShift,
  lowRank,
  masked,
  scaleShift,
} from "#lab/adapter";
import { largestDifference, read } from "#lab/metric";
import { random } from "#lab/random";
import { classify, initVisionTransformer, traceVision } from "#lab/vit";
import { expectClose, onEachDevice } from "./device-case";
import { numbers, product, rows, slope } from "./reference";

/** A toy model whose numbers are known: one linear map with a bias, one normalisation. */
const [W, b, gain, bias] = [numbers(12, 1), numbers(4, 2), numbers(4, 3), numbers(4, 4)];
const [x, A, B] = [numbers(6, 5), numbers(6, 6), numbers(8, 7)];

onEachDevice(() => {
  const model = () => ({
    map: tf.tensor2d(W, [3, 4]),
    biases: { map: tf.tensor1d(b) },
    norm: { gain: tf.tensor1d(gain), bias: tf.tensor1d(bias) },
  });
  /** W + (alpha / rank) (B A)ᵀ in float64, for A [2, 3] and B [4, 2]. */
  const merged = (A: number[], B: number[], alpha: number) => {
    const change = product(rows(B, 2), rows(A, 3)); // [dOut, dIn]
    return W.map((w, index) => w + (alpha / 2) * change[index % 4]![Math.floor(index / 4)]!);
  };

  describe("lowRank", () => {
    const factors = () => ({ map: { A: tf.tensor2d(A, [2, 3]), B: tf.tensor2d(B, [4, 2]) } });
    test("adds (alpha / rank) B A, and takes it away again", async () => {
      const start = model();
      const after = lowRank(start, factors(), { alpha: 6 });
      await expectClose(after.map, merged(A, B, 6));
      await expectClose(start.map, W, 1e-9);
      expect(after.norm.gain).toBe(start.norm.gain);
      await expectClose(lowRank(after, factors(), { alpha: -6 }).map, W, 1e-6);
    });
    test("has the gradients of A and B", async () => {
      const weights = numbers(8, 8);
      const loss = (A: tf.Tensor, B: tf.Tensor) => {
        const adapter = { map: { A: A as tf.Tensor2D, B: B as tf.Tensor2D } };
        const y = tf.matMul(tf.tensor2d(x, [2, 3]), lowRank(model(), adapter, { alpha: 6 }).map);
        return tf.sum(tf.mul(y, tf.tensor2d(weights, [2, 4])));
      };
      const f = (A: number[], B: number[]) =>
        product(rows(x, 3), rows(merged(A, B, 6), 4))
          .flat()
          .reduce((sum, y, i) => sum + y * weights[i]!, 0);
      const [dA, dB] = tf.grads(loss)([tf.tensor2d(A, [2, 3]), tf.tensor2d(B, [4, 2])]);
      await expectClose(
        dA!,
        slope((v) => f(v, B), A),
      );
      await expectClose(
        dB!,
        slope((v) => f(A, v), B),
      );
    });
    test("starts as the model, with A within its bounds", async () => {
      const adapter = initLowRank(random(0), { wide: tf.ones([100, 50]) }, "wide", { rank: 4 });
      const { A, B } = adapter.wide!;
      expect([A.shape, B.shape]).toEqual([
        [4, 100],
        [50, 4],
      ]);
      const values = Array.from(await A.data());
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
      expect(values.reduce((sum, v) => sum + v * v, 0) / 400).toBeCloseTo(0.01 / 3, 3);
      const normal = initLowRank(random(0), { wide: tf.ones([100, 50]) }, "wide", { rank: 4, init: 0.5 });
      const squares = Array.from(await normal.wide!.A.data(), (v) => v * v);
      expect(squares.reduce((a, b) => a + b, 0) / 400).toBeCloseTo(0.25, 1);
      const after = lowRank({ wide: tf.ones([100, 50]) }, adapter, { alpha: 8 });
      expect(await read(largestDifference(after.wide, tf.ones([100, 50])))).toBe(0);
    });
    test("names what does not fit", () => {
      const draw = (selection: string, rank: number) => initLowRank(random(0), model(), selection, { rank });
      expect(() => draw("norm.gain", 1)).toThrow("expected a matrix of rank 1 or more at norm.gain, got [4]");
      expect(() => draw("map", 4)).toThrow("expected a matrix of rank 4 or more at map, got [3,4]");
      expect(() => draw("none", 1)).toThrow("leaves that fit none, got none among");
      const wrong = { map: { A: tf.zeros([2, 4]) as tf.Tensor2D, B: tf.zeros([3, 2]) as tf.Tensor2D } };
      expect(() => lowRank(model(), wrong, { alpha: 1 })).toThrow(
        "a change of shape [3,4] at map, got [4,3]",
      );
      expect(() => lowRank({ other: tf.zeros([1]) }, wrong, { alpha: 1 })).toThrow("got none at map");
    });
  });

  describe("additive and masked", () => {
    test("add a change, or leave part of a weight", async () => {
      const change = numbers(12, 9);
      await expectClose(
        additive(model(), { map: tf.tensor2d(change, [3, 4]) }).map,
        W.map((w, i) => w + change[i]!),
      );
      await expectClose(additive(model(), initAdditive(model(), "**")).map, W, 1e-9);
      expect(Object.keys(initAdditive(model(), "norm.*"))).toEqual(["norm.gain", "norm.bias"]);
      const mask = W.map((_, i) => i % 2);
      const left = masked(model(), { map: tf.tensor2d(mask, [3, 4]) });
      await expectClose(
        left.map,
        W.map((w, i) => w * mask[i]!),
      );
    });
    test("name shapes and leaves that do not fit", () => {
      expect(() => additive(model(), { map: tf.zeros([4]) })).toThrow(
        "additive: expected a change of shape [3,4] at map, got [4]",
      );
      expect(() => masked(model(), { mop: tf.zeros([4]) })).toThrow(
        "masked: expected a model with the adapter's leaves, got none at mop",
      );
    });
  });

  describe("scaleShift", () => {
    const [scale, shift] = [numbers(4, 10), numbers(4, 11)];
    const pair = () => ({ scale: tf.tensor1d(scale), shift: tf.tensor1d(shift) });
    test("computes γ ⊙ (x W + b) + β", async () => {
      const after = scaleShift(model(), { map: pair(), "norm.gain": pair() });
      const y = tf.add(tf.matMul(tf.tensor2d(x, [2, 3]), after.map), after.biases.map);
      const before = product(rows(x, 3), rows(W, 4));
      await expectClose(
        y,
        before.flatMap((row) => row.map((v, j) => scale[j]! * (v + b[j]!) + shift[j]!)),
      );
      await expectClose(
        after.norm.gain,
        gain.map((g, j) => g * scale[j]!),
      );
      await expectClose(
        after.norm.bias,
        bias.map((v, j) => scale[j]! * v + shift[j]!),
      );
    });
    test("has the gradients of scale and shift", async () => {
      const weights = numbers(8, 12);
      const loss = (scale: tf.Tensor, shift: tf.Tensor) => {
        const after = scaleShift(model(), {
          map: { scale: scale as tf.Tensor1D, shift: shift as tf.Tensor1D },
        });
        const y = tf.add(tf.matMul(tf.tensor2d(x, [2, 3]), after.map), after.biases.map);
        return tf.sum(tf.mul(y, tf.tensor2d(weights, [2, 4])));
      };
      const [dScale, dShift] = tf.grads(loss)([tf.tensor1d(scale), tf.tensor1d(shift)]);
      const before = product(rows(x, 3), rows(W, 4)).map((row) => row.map((v, j) => v + b[j]!));
      const column = (j: number) => [0, 1].map((i) => weights[4 * i + j]!);
      await expectClose(
        dScale!,
        scale.map((_, j) => column(j).reduce((sum, w, i) => sum + w * before[i]![j]!, 0)),
      );
      await expectClose(
        dShift!,
        scale.map((_, j) => column(j)[0]! + column(j)[1]!),
      );
    });
    test("is drawn about 1 and 0, for any place of a vision transformer", async () => {
      const shape = {
        imageSize: 4,
        channels: 1,
        patchSize: 2,
        dModel: 8,
        numLayers: 1,
        classes: 3,
        pooling: "mean",
      } as const;
      const vit = initVisionTransformer(random(0), shape, "uniform fan-in");
      const places = [
        "patch.weight",
        "blocks.*.norm{1,2}.gain",
        "blocks.*.attention.*",
        "blocks.*.feedForward.{hidden,output}",
        "norm.gain",
      ];
      const none = initScaleShift(random(1), vit, places, 0);
      // per block: 2 norms, 4 projections, d_f and d of the feed-forward layer; outside: patches and last norm
      const size = Object.values(none).reduce((sum, { scale, shift }) => sum + scale.size + shift.size, 0);
      expect(size).toBe(2 * (7 * 8 + 4 * 8) + 4 * 8);
      const images = tf.tensor4d(numbers(32, 13), [2, 4, 4, 1]);
      const sizes = { patchSize: 2, numHeads: 2 };
      const start = classify(vit, images, sizes);
      const same = classify(scaleShift(vit, none), images, sizes);
      expect(await read(largestDifference(start, same))).toBeLessThan(1e-6);
      const wide = { norm: { gain: tf.ones([1000]), bias: tf.zeros([1000]) } };
      const { scale, shift } = initScaleShift(random(1), wide, "norm.gain")["norm.gain"]!;
      const spread = async (t: tf.Tensor, mean: number) => {
        const squares = Array.from(await t.data(), (value) => (value - mean) ** 2);
        return Math.sqrt(squares.reduce((a, b) => a + b, 0) / 1000);
      };
      expect(await spread(scale, 1)).toBeCloseTo(0.02, 2);
      expect(await spread(shift, 0)).toBeCloseTo(0.02, 2);
      expect(traceVision(scaleShift(vit, none), images, sizes).features.shape).toEqual([2, 8]);
    });
    test("wants a bias", () => {
      expect(() => scaleShift({ map: tf.zeros([3, 4]) }, { map: pair() })).toThrow(
        "scaleShift: expected a bias at biases.map for map, got a model without",
      );
    });
  });
});

test("biasPath", () => {
  expect(["norm.gain", "patch.weight", "blocks.0.attention.query"].map(biasPath)).toEqual([
    "norm.bias",
    "patch.bias",
    "blocks.0.attention.biases.query",
  ]);
});
