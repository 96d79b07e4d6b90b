import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { layerNorm } from "#lab/layer";
import { crossEntropy, read } from "#lab/metric";
import { countParameters, leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import {
  forward,
  initBlock,
  initLanguageModel,
  type LanguageModel,
  postNormBlock,
  trace,
} from "#lab/transformer";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows, slope, sum } = reference;
const shape = { vocabSize: 7, time: 4, dModel: 6, numHeads: 2, numLayers: 2 };
const tokens = [3, 1, 6, 0];

/** A model whose gains and biases are no longer 1 and 0, and its numbers by path. */
function makeModel(): { model: LanguageModel; values: Record<string, number[]> } {
  const initial = initLanguageModel(random(0), shape, 0.1);
  const values: Record<string, number[]> = {};
  const model = mapParameters(initial, (tensor, path) => {
    values[path] = numbers(tensor.size, path.length * 31 + path.charCodeAt(path.length - 1));
    return tf.tensor(values[path], tensor.shape);
  });
  return { model, values };
}

/** Logits and residual streams of one sequence, in float64. */
function referenceTrace(
  values: Record<string, number[]>,
  skip?: number,
  { causal = true, postNorm = false, prompt = [] as reference.Matrix } = {},
) {
  const weight = (path: string, columns: number) => rows(values[path]!, columns);
  const d = shape.dModel;
  const norm = (x: reference.Matrix, path: string) =>
    reference.layerNorm(x, values[`${path}.gain`]!, values[`${path}.bias`]!);
  let x = tokens.map((token, t) =>
    weight("tokens", d)[token]!.map((v, j) => v + weight("positions", d)[t]![j]!),
  );
  x = [...prompt, ...x];
  const residuals = [x];
  for (let l = 0; l < shape.numLayers; l++) {
    const at = `blocks.${l}`;
    if (l + 1 !== skip) {
      const attention = {
        query: weight(`${at}.attention.query`, d),
        key: weight(`${at}.attention.key`, d),
        value: weight(`${at}.attention.value`, d),
        output: weight(`${at}.attention.output`, d),
      };
      const attend = (h: reference.Matrix) => reference.attention(h, attention, shape.numHeads, causal);
      const feed = (h: reference.Matrix) =>
        product(
          product(h, weight(`${at}.feedForward.hidden`, 4 * d)).map((row) => row.map(reference.gelu)),
          weight(`${at}.feedForward.output`, d),
        );
      if (postNorm) {
        x = norm(sum(x, attend(x)), `${at}.norm1`);
        x = norm(sum(x, feed(x)), `${at}.norm2`);
      } else {
        x = sum(x, attend(norm(x, `${at}.norm1`)));
        x = sum(x, feed(norm(x, `${at}.norm2`)));
      }
    }
    residuals.push(x);
  }
  const own = x.slice(prompt.length);
  return { logits: product(norm(own, "norm"), weight("head", shape.vocabSize)), residuals };
}

onEachDevice(() => {
  const inputs = () => tf.tensor2d(tokens, [1, 4], "int32");

  describe("forward", () => {
    test("gives the logits and residual streams of the equations", async () => {
      const { model, values } = makeModel();
      const { logits, residuals } = trace(model, inputs(), shape.numHeads);
      const expected = referenceTrace(values);
      expect(logits.shape).toEqual([1, 4, 7]);
      await expectClose(logits, expected.logits.flat());
      await expectClose(forward(model, inputs(), shape.numHeads), expected.logits.flat());
      expect(residuals).toHaveLength(3);
      for (const [l, residual] of residuals.entries())
        await expectClose(residual, expected.residuals[l]!.flat());
    });
    test("leaves a block out", async () => {
      const { model, values } = makeModel();
      const logits = forward(model, inputs(), shape.numHeads, { skip: 1 });
      await expectClose(logits, referenceTrace(values, 1).logits.flat());
    });
    test("hands blocks their number from 1, and takes what they return", async () => {
      const { model } = makeModel();
      const seen: number[] = [];
      const { residuals } = trace(model, inputs(), shape.numHeads, {
        block: (x, _parameters, l) => {
          seen.push(l);
          return tf.mul(x, 2);
        },
      });
      expect(seen).toEqual([1, 2]);
      await expectClose(residuals[2]!, Array.from(await tf.mul(residuals[0]!, 4).data()));
    });
    test("has the gradient of every parameter", async () => {
      const { model, values } = makeModel();
      const targets = [1, 6, 0, 2];
      const loss = (...tensors: tf.Tensor[]) =>
        crossEntropy(
          forward(replace(model, tensors), inputs(), shape.numHeads),
          tf.tensor2d(targets, [1, 4], "int32"),
        );
      const gradients = tf.grads(loss)(leaves(model).map(({ tensor }) => tensor));
      for (const path of [
        "tokens",
        "positions",
        "blocks.0.norm1.gain",
        "blocks.1.attention.key",
        "blocks.0.feedForward.hidden",
        "norm.bias",
        "head",
      ]) {
        const index = leaves(model).findIndex((leaf) => leaf.path === path);
        const f = (v: number[]) =>
          reference.crossEntropy(referenceTrace({ ...values, [path]: v }).logits, targets);
        await expectClose(gradients[index]!, slope(f, values[path]!), 1e-4);
      }
    });
    test("does not see the future", async () => {
      const { model } = makeModel();
      const other = tf.tensor2d([3, 1, 6, 5], [1, 4], "int32");
      const before = (t: tf.Tensor2D) => tf.slice(forward(model, t, shape.numHeads), [0, 0, 0], [1, 3, 7]);
      await expectClose(before(other), Array.from(await before(inputs()).data()), 1e-7);
    });
    test("sees the whole sequence when it is bidirectional, also by a mask of one's own", async () => {
      const { model, values } = makeModel();
      const logits = forward(model, inputs(), shape.numHeads, { bidirectional: true });
      const expected = referenceTrace(values, undefined, { causal: false }).logits.flat();
      await expectClose(logits, expected);
      const attention = () => ({ mask: tf.zeros([4, 4]) });
      await expectClose(forward(model, inputs(), shape.numHeads, { attention }), expected);
    });
    test("joins sub-layers post-norm", async () => {
      const { model, values } = makeModel();
      const { logits, residuals } = trace(model, inputs(), shape.numHeads, { block: postNormBlock });
      const expected = referenceTrace(values, undefined, { postNorm: true });
      await expectClose(logits, expected.logits.flat());
      await expectClose(residuals[2]!, expected.residuals[2]!.flat());
    });
    test("what a hook collects outlives the pass", async () => {
      const { model } = makeModel();
      const collect: tf.Tensor[] = [];
      const hooks = { weights: (weights: tf.Tensor4D) => void collect.push(tf.sum(weights, -1)) };
      const attention = () => ({ hooks });
      const { collected } = trace(model, inputs(), shape.numHeads, { attention, collect });
      expect(collected.map((one) => one.shape)).toEqual([1, 2].map(() => [1, 2, 4]));
      for (const one of collected) await expectClose(one, Array(8).fill(1));
    });
    test("hands hooks to the block that they are for", async () => {
      const { model } = makeModel();
      const seen: number[] = [];
      const attention = (l: number) => ({
        hooks: {
          outputs: (heads: tf.Tensor4D) => (seen.push(l), tf.mul(heads, l === 1 ? 0 : 1) as tf.Tensor4D),
        },
      });
      const { residuals } = trace(model, inputs(), shape.numHeads, { attention });
      expect(seen).toEqual([1, 2]);
      // Without what its heads found, the first block is its feed-forward layer alone.
      const alone = trace(model, inputs(), shape.numHeads, {
        block: (x, parameters, l, subLayers) =>
          l === 1 ? tf.add(x, subLayers.feedForward(layerNorm(x, parameters.norm2))) : x,
      });
      await expectClose(residuals[1]!, Array.from(await alone.residuals[1]!.data()));
    });
    test("lets tokens see a prompt before them, and trains it", async () => {
      const { model, values } = makeModel();
      const prompt = numbers(12, 50);
      const targets = [1, 6, 0, 2];
      const run = (p: tf.Tensor) => forward(model, inputs(), shape.numHeads, { prompt: p as tf.Tensor2D });
      const logits = (p: number[]) => referenceTrace(values, undefined, { prompt: rows(p, 6) }).logits;
      expect(run(tf.tensor2d(prompt, [2, 6])).shape).toEqual([1, 4, 7]);
      await expectClose(run(tf.tensor2d(prompt, [2, 6])), logits(prompt).flat());
      const loss = (p: tf.Tensor) => crossEntropy(run(p), tf.tensor2d(targets, [1, 4], "int32"));
      const f = (p: number[]) => reference.crossEntropy(logits(p), targets);
      await expectClose(tf.grad(loss)(tf.tensor2d(prompt, [2, 6])), slope(f, prompt), 1e-4);
      expect(() => run(tf.zeros([2, 5]))).toThrow(
        "forward: expected a prompt with dModel = 6, got shape [2,5]",
      );
    });
    test("leaves no tensor behind", () => {
      const { model } = makeModel();
      const given = inputs();
      const before = tf.memory().numTensors;
      forward(model, given, shape.numHeads).dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
    test("names what does not fit", () => {
      const { model } = makeModel();
      expect(() => forward(model, tf.zeros([1, 5], "int32"), 2)).toThrow(
        "expected at most 4 tokens, got shape [1,5]",
      );
      expect(() => forward(model, inputs(), 2, { skip: 3 })).toThrow("a block from 1 to 2, got 3");
      expect(() => forward(model, inputs(), 2, { skip: 0 })).toThrow("a block from 1 to 2, got 0");
    });
  });

  test("initBlock has biases where they are asked for", async () => {
    const plain = initBlock(random(0), { dModel: 4 }, 0.1);
    const biased = initBlock(random(0), { dModel: 4, dFf: 6 }, "uniform fan-in", true);
    expect(leaves(plain).some(({ path }) => path.includes("biases"))).toBe(false);
    const biases = leaves(biased).filter(({ path }) => path.includes("biases"));
    expect(biases.map(({ path, tensor }) => [path, tensor.size])).toEqual([
      ...["query", "key", "value", "output"].map((name) => [`attention.biases.${name}`, 4]),
      ["feedForward.biases.hidden", 6],
      ["feedForward.biases.output", 4],
    ]);
    for (const { tensor } of biases) expect(new Set(await tensor.data()).size).toBe(tensor.size);
  });

  test("initLanguageModel draws weights with the deviation asked for", async () => {
    const model = initLanguageModel(random(3), { ...shape, dModel: 64 }, 0.1);
    for (const { path, tensor } of leaves(model)) {
      const expected = path.endsWith("gain") || path.endsWith("bias") ? 0 : 0.1;
      expect(Math.sqrt(await read(tf.moments(tensor).variance)), path).toBeCloseTo(
        expected,
        2 - Number(tensor.size < 1000),
      );
    }
    expect(new Set(await model.blocks[1]!.norm2.gain.data())).toEqual(new Set([1]));
  });
});

describe("parameters", () => {
  const tree = () => ({ a: tf.zeros([2, 3]), b: [{ c: tf.ones([4]) }] });
  test("leaves name every tensor", () => {
    expect(leaves(tree()).map(({ path, tensor }) => [path, tensor.shape])).toEqual([
      ["a", [2, 3]],
      ["b.0.c", [4]],
    ]);
  });
  test("countParameters counts scalars", () => {
    expect(countParameters(tree())).toBe(10);
    const { vocabSize: V, time: T, dModel: d, numLayers: L } = shape;
    const expected = 2 * V * d + T * d + L * (12 * d * d + 4 * d) + 2 * d;
    expect(countParameters(initLanguageModel(random(0), shape, 1))).toBe(expected);
  });
  test("replace keeps the structure, and refuses other shapes", () => {
    const one = tree();
    const tensors = [tf.ones([2, 3]), tf.zeros([4])];
    const other = replace(one, tensors);
    expect([other.a, other.b[0]!.c]).toEqual(tensors);
    expect(() => replace(one, [tensors[0]!])).toThrow(
      "replace: expected 2 tensors, one per leaf of the tree, got 1",
    );
    expect(() => replace(one, [tensors[0]!, tf.zeros([5])])).toThrow("expected shape [4] for b.0.c, got [5]");
  });
});
