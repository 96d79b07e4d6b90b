import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { crossEntropy } from "#lab/metric";
import { countParameters, leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import { classify, initVisionTransformer, patchify, traceVision, type VisionTransformer } from "#lab/vit";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows, slope, sum } = reference;
const shape = { imageSize: 4, channels: 2, patchSize: 2, dModel: 4, numLayers: 2, classes: 3, dFf: 6 };
const sizes = { patchSize: 2, numHeads: 2 };
const pixels = numbers(4 * 4 * 2, 1);
type Values = Record<string, number[]>;

/** A model whose gains and biases are no longer 1 and 0, and its numbers by path. */
function makeModel(pooling: "class token" | "mean"): { model: VisionTransformer; values: Values } {
  const values: Values = {};
  const initial = initVisionTransformer(random(0), { ...shape, pooling }, "uniform fan-in");
  const model = mapParameters(initial, (tensor, path) => {
    values[path] = numbers(tensor.size, path.length * 31 + path.charCodeAt(path.length - 1));
    return tf.tensor(values[path], tensor.shape);
  });
  return { model, values };
}

/** Patch rows in float64, pixel by pixel. */
function patches(): reference.Matrix {
  return [0, 1, 2, 3].map((patch) => {
    const [top, left] = [2 * Math.floor(patch / 2), 2 * (patch % 2)];
    return [0, 1].flatMap((i) =>
      [0, 1].flatMap((j) => [0, 1].map((channel) => pixels[((top + i) * 4 + left + j) * 2 + channel]!)),
    );
  });
}

/** Features and logits of one image in float64. */
function expected(values: Values, pooling: "class token" | "mean", prompt: reference.Matrix = []) {
  const weight = (path: string, columns: number) => rows(values[path]!, columns);
  const plus = (matrix: reference.Matrix, path: string) =>
    matrix.map((row) => row.map((v, j) => v + values[path]![j]!));
  const norm = (x: reference.Matrix, path: string) =>
    reference.layerNorm(x, values[`${path}.gain`]!, values[`${path}.bias`]!);
  const embedded = plus(product(patches(), weight("patch.weight", 4)), "patch.bias");
  const positions = weight("positions", 4);
  const withToken = pooling === "class token";
  let x = [...prompt, ...sum(embedded, positions.slice(withToken ? 1 : 0))];
  if (withToken) x = [...sum(weight("classToken", 4), positions.slice(0, 1)), ...x];
  for (let l = 0; l < shape.numLayers; l++) {
    const at = `blocks.${l}`;
    const h = norm(x, `${at}.norm1`);
    const project = (name: string, input: reference.Matrix) =>
      plus(product(input, weight(`${at}.attention.${name}`, 4)), `${at}.attention.biases.${name}`);
    const [q, k, v] = [project("query", h), project("key", h), project("value", h)];
    const mixed = q.map((row) =>
      [0, 1].flatMap((head) => {
        const part = (of: number[]) => of.slice(2 * head, 2 * head + 2);
        const dot = (a: number[], b: number[]) => a[0]! * b[0]! + a[1]! * b[1]!;
        const share = reference.softmax(k.map((other) => dot(part(row), part(other)) / Math.SQRT2));
        return [0, 1].map((j) => share.reduce((total, w, s) => total + w * part(v[s]!)[j]!, 0));
      }),
    );
    x = sum(x, project("output", mixed));
    const hidden = plus(
      product(norm(x, `${at}.norm2`), weight(`${at}.feedForward.hidden`, 6)),
      `${at}.feedForward.biases.hidden`,
    ).map((row) => row.map(reference.gelu));
    x = sum(
      x,
      plus(product(hidden, weight(`${at}.feedForward.output`, 4)), `${at}.feedForward.biases.output`),
    );
  }
  const last = norm(x, "norm");
  const own = last.slice(prompt.length);
  const features = withToken
    ? last[0]!
    : own[0]!.map((_, j) => own.reduce((total, row) => total + row[j]! / own.length, 0));
  return { features, logits: plus(product([features], weight("head.weight", 3)), "head.bias")[0]! };
}

onEachDevice(() => {
  const image = () => tf.tensor4d(pixels, [1, 4, 4, 2]);

  describe("patchify", () => {
    test("cuts images into rows", async () => {
      const twice = tf.concat([image(), tf.mul(image(), 2)]) as tf.Tensor4D;
      const y = patchify(twice, 2);
      expect(y.shape).toEqual([2, 4, 8]);
      const rows = patches().flat();
      await expectClose(y, [...rows, ...rows.map((value) => 2 * value)]);
    });
    test("wants patches that fill the image", () => {
      expect(() => patchify(tf.zeros([1, 4, 6, 1]), 4)).toThrow(
        "patchify: expected height and width to be multiples of patchSize = 4, got shape [1,4,6,1]",
      );
    });
  });

  describe.each(["class token", "mean"] as const)("pooling by %s", (pooling) => {
    test("gives the features and logits of the equations", async () => {
      const { model, values } = makeModel(pooling);
      const { features, logits, residuals } = traceVision(model, image(), sizes);
      const { features: expectedFeatures, logits: expectedLogits } = expected(values, pooling);
      expect([features.shape, logits.shape, residuals.length]).toEqual([[1, 4], [1, 3], 3]);
      expect(residuals[0]!.shape).toEqual([1, pooling === "mean" ? 4 : 5, 4]);
      await expectClose(features, expectedFeatures, 2e-5);
      await expectClose(logits, expectedLogits, 2e-5);
      await expectClose(classify(model, image(), sizes), expectedLogits, 2e-5);
    });
    test("takes a prompt", async () => {
      const { model, values } = makeModel(pooling);
      const prompt = numbers(8, 40);
      const logits = classify(model, image(), sizes, { prompt: tf.tensor2d(prompt, [2, 4]) });
      await expectClose(logits, expected(values, pooling, rows(prompt, 4)).logits, 2e-5);
    });
    test("has the gradients of its parameters", async () => {
      const { model, values } = makeModel(pooling);
      const loss = (...tensors: tf.Tensor[]) =>
        crossEntropy(classify(replace(model, tensors), image(), sizes), tf.tensor1d([2], "int32"));
      const gradients = tf.grads(loss)(leaves(model).map(({ tensor }) => tensor));
      const paths = [
        "patch.weight",
        "positions",
        "blocks.0.attention.biases.query",
        "blocks.1.feedForward.biases.hidden",
        "head.bias",
        ...(pooling === "mean" ? [] : ["classToken"]),
      ];
      for (const path of paths) {
        const index = leaves(model).findIndex((leaf) => leaf.path === path);
        const f = (v: number[]) =>
          reference.crossEntropy([expected({ ...values, [path]: v }, pooling).logits], [2]);
        await expectClose(gradients[index]!, slope(f, values[path]!), 1e-4);
      }
    });
  });

  test("has the hooks and blocks of a language model", async () => {
    const { model } = makeModel("class token");
    const seen: number[][] = [];
    const look = { weights: (weights: tf.Tensor4D) => void seen.push(weights.shape) };
    traceVision(model, image(), sizes, { attention: (l) => (l === 2 ? { hooks: look } : {}) });
    expect(seen).toEqual([[1, 2, 5, 5]]);
    const { residuals } = traceVision(model, image(), sizes, { skip: 1 });
    await expectClose(residuals[1]!, Array.from(await residuals[0]!.data()), 1e-9);
  });
  test("names what does not fit", () => {
    const { model } = makeModel("mean");
    expect(() => classify(model, tf.zeros([1, 8, 8, 2]), sizes)).toThrow(
      "traceVision: expected 4 patches, got 16",
    );
    expect(() => classify(model, image(), sizes, { prompt: tf.zeros([2, 3]) })).toThrow(
      "traceVision: expected a prompt with dModel = 4, got shape [2,3]",
    );
    const uneven = { ...shape, patchSize: 3, pooling: "mean" } as const;
    expect(() => initVisionTransformer(random(0), uneven, 0.1)).toThrow(
      "expected imageSize = 4 to be a multiple of patchSize, got 3",
    );
  });
  test("leaves no tensor behind", () => {
    const { model } = makeModel("class token");
    const given = image();
    const before = tf.memory().numTensors;
    classify(model, given, sizes).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
  test("has the parameters of its sizes", () => {
    const { model } = makeModel("class token");
    const [d, f] = [4, 6];
    const block = 4 * d + 4 * (d * d + d) + (d * f + f) + (f * d + d);
    expect(countParameters(model)).toBe(8 * d + d + d + 5 * d + 2 * block + 2 * d + 3 * d + 3);
  });
});
