import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { countParameters, leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import { encodeCaptions, initTextTower, type TextTower, unit } from "#lab/text-tower";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows, slope, sum } = reference;
type Values = Record<string, number[]>;

const dJoint = 3;
const shape = { vocabSize: 5, time: 4, dModel: 4, numLayers: 2, dFf: 6, dJoint };
/** Two captions, the second of two tokens. */
const [tokens, present] = [
  [1, 4, 2, 3, 2, 1, 0, 0],
  [1, 1, 1, 1, 1, 1, 0, 0],
];

/** A tower of arbitrary numbers, and its numbers by path. */
function makeTower(): { tower: TextTower; values: Values } {
  const values: Values = {};
  const tower = mapParameters(initTextTower(random(0), shape, "uniform fan-in"), (tensor, path) => {
    values[path] = numbers(tensor.size, path.length * 31 + path.charCodeAt(path.length - 1));
    return tf.tensor(values[path], tensor.shape);
  });
  return { tower, values };
}

const ofLength1 = (row: number[]) => row.map((value) => value / Math.hypot(...row));
const dot = (a: number[], b: number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);

/** Features of one caption in float64, without any padding: a caption alone is as long as it is. */
function captionFeatures(values: Values, caption: number[]): number[] {
  const weight = (path: string, columns: number) => rows(values[path]!, columns);
  const plus = (matrix: reference.Matrix, path: string) =>
    matrix.map((row) => row.map((v, j) => v + values[path]![j]!));
  const norm = (x: reference.Matrix, path: string) =>
    reference.layerNorm(x, values[`${path}.gain`]!, values[`${path}.bias`]!);
  const [table, positions] = [weight("tokens", 4), weight("positions", 4)];
  let x = caption.map((token, t) => table[token]!.map((v, j) => v + positions[t]![j]!));
  for (const at of ["blocks.0", "blocks.1"]) {
    const h = norm(x, `${at}.norm1`);
    const project = (name: string, input: reference.Matrix) =>
      plus(product(input, weight(`${at}.attention.${name}`, 4)), `${at}.attention.biases.${name}`);
    const [q, k, v] = [project("query", h), project("key", h), project("value", h)];
    const mixed = q.map((row) =>
      [0, 2].flatMap((first) => {
        const part = (of: number[]) => of.slice(first, first + 2);
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
  const mean = last[0]!.map((_, j) => last.reduce((total, row) => total + row[j]! / last.length, 0));
  return ofLength1(plus(product([mean], weight("head.weight", dJoint)), "head.bias")[0]!);
}

onEachDevice(() => {
  const captions = () => ({
    tokens: tf.tensor2d(tokens!, [2, 4], "int32"),
    present: tf.tensor2d(present!, [2, 4]),
  });

  test("gives the features of the equations, each caption as if it were alone", async () => {
    const { tower, values } = makeTower();
    const features = encodeCaptions(tower, captions(), 2);
    expect(features.shape).toEqual([2, dJoint]);
    await expectClose(features, [
      ...captionFeatures(values, [1, 4, 2, 3]),
      ...captionFeatures(values, [2, 1]),
    ]);
  });
  test("has their gradients", async () => {
    const { tower, values } = makeTower();
    const mix = numbers(2 * dJoint, 5);
    const total = (...tensors: tf.Tensor[]) => {
      const moved = replace(tower, tensors);
      return tf.sum(tf.mul(encodeCaptions(moved, captions(), 2), tf.tensor2d(mix, [2, dJoint])));
    };
    const all = leaves(tower);
    const gradients = tf.grads(total)(all.map(({ tensor }) => tensor));
    for (const path of ["tokens", "positions", "blocks.0.attention.key", "norm.gain", "head.weight"]) {
      const f = (v: number[]) => {
        const moved = { ...values, [path]: v };
        return dot(mix, [...captionFeatures(moved, [1, 4, 2, 3]), ...captionFeatures(moved, [2, 1])]);
      };
      const index = all.findIndex((leaf) => leaf.path === path);
      await expectClose(gradients[index]!, slope(f, values[path]!), 1e-4);
    }
  });
  test("has the hooks of a transformer", () => {
    const { tower } = makeTower();
    const seen: number[][] = [];
    const look = { weights: (weights: tf.Tensor4D) => void seen.push(weights.shape) };
    encodeCaptions(tower, captions(), 2, { attention: (l) => (l === 2 ? { hooks: look } : {}) });
    expect(seen).toEqual([[2, 2, 4, 4]]);
  });
  test("names what does not fit", () => {
    const { tower } = makeTower();
    const long = {
      tokens: tf.zeros([1, 5], "int32") as tf.Tensor2D,
      present: tf.ones([1, 5]) as tf.Tensor2D,
    };
    expect(() => encodeCaptions(tower, long, 2)).toThrow(
      "encodeCaptions: expected at most 4 tokens, got shape [1,5]",
    );
    expect(() => encodeCaptions(tower, { ...captions(), present: tf.ones([2, 3]) }, 2)).toThrow(
      "encodeCaptions: expected present of shape [2,4], got [2,3]",
    );
  });

  test("unit rows have length 1, and a row of zeros stays", async () => {
    await expectClose(
      unit(
        tf.tensor2d([
          [3, 4],
          [0, 0],
        ]),
      ),
      [0.6, 0.8, 0, 0],
    );
  });
  test("leaves no tensor behind, and has the parameters of its sizes", () => {
    const { tower } = makeTower();
    const given = captions();
    const before = tf.memory().numTensors;
    encodeCaptions(tower, given, 2).dispose();
    expect(tf.memory().numTensors).toBe(before);
    const [d, f] = [4, 6];
    const block = 4 * d + 4 * (d * d + d) + (d * f + f) + (f * d + d);
    expect(countParameters(tower)).toBe(5 * d + 4 * d + 2 * block + 2 * d + d * dJoint + dJoint);
  });
});
