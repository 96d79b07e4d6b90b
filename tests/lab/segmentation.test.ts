import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { crossEntropy } from "#lab/metric";
import { leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import { meanIntersectionOverUnion, pixelLogits, segment, unpatchify } from "#lab/segmentation";
import { initVisionTransformer, patchify, traceVision } from "#lab/vit";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { layerNorm, numbers, product, rows, slope } = reference;
const [side, patchSize, dModel, classes] = [4, 2, 4, 3];
const sizes = { patchSize, numHeads: 2 };

/** A model whose gains and biases are no longer 1 and 0. */
function makeModel(pooling: "class token" | "mean") {
  const shape = { imageSize: side, channels: 1, patchSize, dModel, numLayers: 1, dFf: 4, pooling };
  const initial = initVisionTransformer(random(0), { ...shape, classes: patchSize ** 2 * classes }, 0.5);
  return mapParameters(initial, (tensor, path) =>
    tf.tensor(numbers(tensor.size, path.length * 17 + path.charCodeAt(path.length - 1)), tensor.shape),
  );
}

/** Logits of every pixel in float64 from the tokens of four patches: pixel (y, x) reads patch (y / 2, x / 2). */
function expectedLogits(tokens: number[], gain: number[], bias: number[], W: number[], b: number[]) {
  const read = product(layerNorm(rows(tokens, dModel), gain, bias), rows(W, patchSize ** 2 * classes));
  const logits: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let one = 0; one < classes; one++) {
        const patch = 2 * Math.floor(y / 2) + Math.floor(x / 2);
        const column = ((y % 2) * 2 + (x % 2)) * classes + one;
        logits.push(read[patch]![column]! + b[column]!);
      }
  return logits;
}

onEachDevice(() => {
  const images = () => tf.tensor4d(numbers(side * side, 2), [1, side, side, 1]);

  test("unpatchify is the inverse of patchify", async () => {
    const given = numbers(2 * 6 * 6 * 5, 7);
    const rebuilt = unpatchify(patchify(tf.tensor4d(given, [2, 6, 6, 5]), 3), 3);
    expect(rebuilt.shape).toEqual([2, 6, 6, 5]);
    await expectClose(rebuilt, given, 1e-9);
    expect(() => unpatchify(tf.zeros([1, 6, 4]), 2)).toThrow(
      "unpatchify: expected a square number of patches of 2 × 2 pixels, got shape [1,6,4]",
    );
    expect(() => unpatchify(tf.zeros([1, 4, 6]), 2)).toThrow("got shape [1,4,6]");
  });

  test("pixelLogits reads each pixel off its patch's token", async () => {
    const model = makeModel("mean");
    const tokens = numbers(4 * dModel, 11);
    const values = Object.fromEntries(
      await Promise.all(
        leaves(model).map(async ({ path, tensor }) => [path, Array.from(await tensor.data())] as const),
      ),
    );
    const logits = pixelLogits(model, tf.tensor3d(tokens, [1, 4, dModel]), patchSize);
    expect(logits.shape).toEqual([1, side, side, classes]);
    const expected = expectedLogits(
      tokens,
      values["norm.gain"]!,
      values["norm.bias"]!,
      values["head.weight"]!,
      values["head.bias"]!,
    );
    await expectClose(logits, expected, 2e-5);
  });

  test("pixelLogits has the gradients of tokens and head", async () => {
    const model = makeModel("mean");
    const tokens = numbers(4 * dModel, 11);
    const truth = Array.from({ length: side * side }, (_, at) => (at * 7) % classes);
    const head = {
      W: Array.from(await model.head.weight.data()),
      b: Array.from(await model.head.bias.data()),
    };
    const norm = {
      gain: Array.from(await model.norm.gain.data()),
      bias: Array.from(await model.norm.bias.data()),
    };
    const targets = tf.tensor(truth, [1, side, side], "int32");
    const [dTokens, dWeight] = tf.grads((given: tf.Tensor, weight: tf.Tensor) => {
      const own = { norm: model.norm, head: { weight: weight as tf.Tensor2D, bias: model.head.bias } };
      return crossEntropy(pixelLogits(own, given as tf.Tensor3D, patchSize), targets);
    })([tf.tensor3d(tokens, [1, 4, dModel]), model.head.weight]);
    const loss = (given: number[], W: number[]) =>
      reference.crossEntropy(rows(expectedLogits(given, norm.gain, norm.bias, W, head.b), classes), truth);
    await expectClose(
      dTokens!,
      slope((given) => loss(given, head.W), tokens),
      1e-4,
    );
    await expectClose(
      dWeight!,
      slope((W) => loss(tokens, W), head.W),
      1e-4,
    );
  });

  describe.each(["class token", "mean"] as const)("segment, pooling by %s", (pooling) => {
    test("reads the patches' tokens alone after the last block", async () => {
      const model = makeModel(pooling);
      const prompt = tf.tensor2d(numbers(2 * dModel, 5), [2, dModel]);
      for (const options of [{}, { prompt }]) {
        const last = traceVision(model, images(), sizes, options).residuals.at(-1)!;
        const own = Array.from(await last.data()).slice(-4 * dModel);
        const expected = pixelLogits(model, tf.tensor3d(own, [1, 4, dModel]), patchSize);
        const logits = segment(model, images(), sizes, options);
        await expectClose(logits, Array.from(await expected.data()), 1e-6);
      }
    });
    test("learns from a gradient through all blocks, and leaves no tensor behind", async () => {
      const model = makeModel(pooling);
      const targets = tf.tensor(
        Array.from({ length: 16 }, (_, at) => at % 3),
        [1, side, side],
        "int32",
      );
      const given = images();
      const before = tf.memory().numTensors;
      segment(model, given, sizes).dispose();
      expect(tf.memory().numTensors).toBe(before);
      const tensors = leaves(model).map(({ tensor }) => tensor);
      const loss = (...moved: tf.Tensor[]) =>
        crossEntropy(segment(replace(model, moved), given, sizes), targets);
      const gradients = tf.grads(loss)(tensors);
      const start = (await loss(...tensors).data())[0]!;
      const down = tensors.map((tensor, i) => tf.sub(tensor, tf.mul(gradients[i]!, 0.01)));
      expect((await loss(...down).data())[0]!).toBeLessThan(start);
    });
  });
});

describe("meanIntersectionOverUnion", () => {
  test("is the mean of the classes' ratios, worked by hand", () => {
    // Class 0: both at 0, either at 0, 1, 2. Class 1: both at 3, either at 1, 3, 4. Class 2: both at 5, either at 2, 4, 5.
    const truth = [0, 0, 2, 1, 1, 2];
    const found = [0, 1, 0, 1, 2, 2];
    expect(meanIntersectionOverUnion(found, truth, 3)).toBeCloseTo(1 / 3, 12);
    expect(meanIntersectionOverUnion([0, 0, 0, 1], [0, 0, 1, 1], 2)).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
    expect(meanIntersectionOverUnion(truth, truth, 3)).toBe(1);
  });
  test("leaves out a class that is nowhere, and counts one that is only found", () => {
    expect(meanIntersectionOverUnion([0, 1], [0, 1], 4)).toBe(1);
    expect(meanIntersectionOverUnion([0, 2], [0, 0], 4)).toBeCloseTo(1 / 4, 12);
  });
  test("refuses what does not fit", () => {
    expect(() => meanIntersectionOverUnion([0], [0, 1], 2)).toThrow(
      "meanIntersectionOverUnion: expected a class for each of 2 pixels, got 1",
    );
    expect(() => meanIntersectionOverUnion([0, 3], [0, 1], 3)).toThrow(
      "meanIntersectionOverUnion: expected classes from 0 to 2, got 3 at pixel 1",
    );
  });
});
