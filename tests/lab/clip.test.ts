import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  classFeatures,
  contrastiveLoss,
  encodeImages,
  initClip,
  similarities,
  type Clip,
  type ClipShape,
} from "#lab/clip";
import { countParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { encodeCaptions } from "#lab/text-tower";
import { train } from "#lab/training";
import { classify } from "#lab/vit";
import { expectClose, onEachDevice, startNodeSession } from "./device-case";
import * as reference from "./reference";

const { numbers, rows, slope } = reference;

const dJoint = 3;
const shape: ClipShape = {
  dJoint,
  image: { imageSize: 4, channels: 1, patchSize: 2, dModel: 4, numLayers: 1, dFf: 6, pooling: "mean" },
  text: { vocabSize: 5, time: 4, dModel: 4, numLayers: 2, dFf: 6 },
};
const sizes = { patchSize: 2, numHeads: 2 };
/** Two captions, the second of two tokens. */
const [tokens, present] = [
  [1, 4, 2, 3, 2, 1, 0, 0],
  [1, 1, 1, 1, 1, 1, 0, 0],
];

const unit = (row: number[]) => row.map((value) => value / Math.hypot(...row));
const dot = (a: number[], b: number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);

/** ½ (CE over rows + CE over columns) of τ U Vᵀ in float64. */
function loss(U: number[][], V: number[][], s: number): number {
  const scale = Math.min(Math.exp(s), 100);
  const logits = U.map((u) => V.map((v) => scale * dot(u, v)));
  const own = U.map((_, i) => i);
  const columns = logits.map((_, j) => logits.map((row) => row[j]!));
  return (reference.crossEntropy(logits, own) + reference.crossEntropy(columns, own)) / 2;
}

onEachDevice(() => {
  const captions = () => ({
    tokens: tf.tensor2d(tokens!, [2, 4], "int32"),
    present: tf.tensor2d(present!, [2, 4]),
  });

  test("encodeImages gives the projected features at length 1", async () => {
    const model = initClip(random(0), shape, "uniform fan-in");
    const images = tf.tensor4d(numbers(32, 8), [2, 4, 4, 1]);
    const projected = (await classify(model.image, images, sizes).array()) as number[][];
    await expectClose(encodeImages(model.image, images, sizes), projected.flatMap(unit));
  });

  describe("contrastiveLoss", () => {
    const [u, v] = [numbers(12, 1), numbers(12, 2)];
    const at = (values: number[]) => rows(values, 3).map(unit);
    const tensor = (values: number[][]) => tf.tensor2d(values);

    test("is half of both cross-entropies, and the same with the roles swapped", async () => {
      const [U, V] = [tensor(at(u)), tensor(at(v))];
      await expectClose(contrastiveLoss(U, V, tf.scalar(1.5)), [loss(at(u), at(v), 1.5)]);
      await expectClose(contrastiveLoss(V, U, tf.scalar(1.5)), [loss(at(u), at(v), 1.5)]);
    });
    test("is ln B where all features are equal", async () => {
      const same = tensor(Array.from({ length: 5 }, () => unit([1, 2, 3])));
      await expectClose(contrastiveLoss(same, same, tf.scalar(2)), [Math.log(5)]);
    });
    test("has its gradients, that of the scale ending at 100", async () => {
      const run = (U: tf.Tensor, V: tf.Tensor, s: tf.Tensor) =>
        contrastiveLoss(U as tf.Tensor2D, V as tf.Tensor2D, s as tf.Scalar);
      const [U, V] = [at(u), at(v)];
      const [dU, dV, ds] = tf.grads(run as (...args: tf.Tensor[]) => tf.Tensor)([
        tensor(U),
        tensor(V),
        tf.scalar(1.5),
      ]);
      await expectClose(
        dU!,
        slope((x) => loss(rows(x, 3), V, 1.5), U.flat()),
        1e-4,
      );
      await expectClose(
        dV!,
        slope((x) => loss(U, rows(x, 3), 1.5), V.flat()),
        1e-4,
      );
      await expectClose(
        ds!,
        slope(([s]) => loss(U, V, s!), [1.5]),
        1e-4,
      );
      const beyond = tf.grad((s: tf.Tensor) => run(tensor(U), tensor(V), s))(tf.scalar(Math.log(100) + 1));
      await expectClose(beyond, [0], 1e-9);
    });
    test("wants as many captions as images", () => {
      expect(() => contrastiveLoss(tf.zeros([3, 2]), tf.zeros([4, 2]), tf.scalar(0))).toThrow(
        "contrastiveLoss: expected captions of shape [3,2] as images have, got [4,2]",
      );
    });
  });

  test("similarities are cosines times the scale, 100 at most", async () => {
    const [a, b] = [tf.tensor2d([[1, 0]]), tf.tensor2d([unit([1, 1]), [0, 1]])];
    await expectClose(similarities(a, b, tf.scalar(Math.log(3))), [3 * Math.SQRT1_2, 0]);
    await expectClose(similarities(a, b, tf.scalar(9)), [100 * Math.SQRT1_2, 0]);
  });

  test("a class points where the mean of its captions does", async () => {
    const features = tf.tensor3d([
      [unit([1, 0]), unit([1, 1])],
      [unit([0, 1]), unit([0, 1])],
    ]);
    await expectClose(classFeatures(features), [...unit([1 + Math.SQRT1_2, Math.SQRT1_2]), 0, 1]);
  });

  test("starts at a scale of 1 / 0.07, with the parameters of its sizes", async () => {
    const model = initClip(random(0), shape, "uniform fan-in");
    await expectClose(tf.exp(model.logScale), [1 / 0.07]);
    const [d, f] = [4, 6];
    const block = 4 * d + 4 * (d * d + d) + (d * f + f) + (f * d + d);
    const image = 4 * d + d + 4 * d + block + 2 * d + d * dJoint + dJoint;
    expect(countParameters(model)).toBe(countParameters(model.text) + image + 1);
  });

  test("leaves no tensor behind", () => {
    const model = initClip(random(0), shape, "uniform fan-in");
    const [given, images] = [captions(), tf.zeros([2, 4, 4, 1]) as tf.Tensor4D];
    const before = tf.memory().numTensors;
    const [U, V] = [encodeImages(model.image, images, sizes), encodeCaptions(model.text, given, 2)];
    tf.dispose([U, V, contrastiveLoss(U, V, model.logScale)]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("learns which caption belongs to which image", async () => {
    startNodeSession();
    const images = tf.tensor4d(numbers(32, 8), [2, 4, 4, 1]);
    const { losses } = await train({
      parameters: initClip(random(1), shape, "uniform fan-in"),
      loss: ({ image, text, logScale }) =>
        contrastiveLoss(encodeImages(image, images, sizes), encodeCaptions(text, captions(), 2), logScale),
      steps: 20,
      optimiser: { learningRate: () => 0.02 },
      stage: "toy",
    });
    expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.3);
  });
});
