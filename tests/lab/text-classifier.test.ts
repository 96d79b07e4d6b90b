import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { crossEntropy } from "#lab/metric";
import { padded } from "#lab/padding";
import { leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import {
  classifyText,
  initTextClassifier,
  meanPool,
  type TextClassifier,
  textFeatures,
} from "#lab/text-classifier";
import { initLanguageModel } from "#lab/transformer";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows, slope, sum } = reference;
const shape = { vocabSize: 5, time: 4, dModel: 4, numHeads: 2, numLayers: 2 };
const texts = [Int32Array.of(3, 1), Int32Array.of(2, 0, 4, 1), Int32Array.of(4)];
type Values = Record<string, number[]>;

/** A classifier whose gains and biases are no longer 1 and 0, and its numbers by path. */
function makeClassifier(): { classifier: TextClassifier; values: Values } {
  const values: Values = {};
  const initial = initTextClassifier(random(0), initLanguageModel(random(0), shape, 0.1), 3, 0.1);
  const classifier = mapParameters(initial, (tensor, path) => {
    values[path] = numbers(tensor.size, path.length * 31 + path.charCodeAt(path.length - 1));
    return tf.tensor(values[path], tensor.shape);
  });
  return { classifier, values };
}

/** The features of one text without any padding, in float64. */
function features(values: Values, text: Int32Array, causal = false): number[] {
  const weight = (path: string, columns: number) => rows(values[`encoder.${path}`]!, columns);
  const norm = (x: reference.Matrix, path: string) =>
    reference.layerNorm(x, values[`encoder.${path}.gain`]!, values[`encoder.${path}.bias`]!);
  let x = Array.from(text, (token, t) =>
    weight("tokens", 4)[token]!.map((v, j) => v + weight("positions", 4)[t]![j]!),
  );
  for (let l = 0; l < shape.numLayers; l++) {
    const at = `blocks.${l}`;
    const [query, key, value, output] = ["query", "key", "value", "output"].map((name) =>
      weight(`${at}.attention.${name}`, 4),
    );
    const attention = { query: query!, key: key!, value: value!, output: output! };
    x = sum(x, reference.attention(norm(x, `${at}.norm1`), attention, shape.numHeads, causal));
    const hidden = product(norm(x, `${at}.norm2`), weight(`${at}.feedForward.hidden`, 16));
    x = sum(
      x,
      product(
        hidden.map((row) => row.map(reference.gelu)),
        weight(`${at}.feedForward.output`, 4),
      ),
    );
  }
  const last = norm(x, "norm");
  return last[0]!.map((_, j) => last.reduce((total, row) => total + row[j]! / last.length, 0));
}

function logits(values: Values): reference.Matrix {
  const mapped = product(
    texts.map((text) => features(values, text)),
    rows(values["head.weight"]!, 3),
  );
  return mapped.map((row) => row.map((v, j) => v + values["head.bias"]![j]!));
}

onEachDevice(() => {
  describe("padded", () => {
    test("fills short sequences up and cuts long ones", async () => {
      const { tokens, present } = padded(texts, 3, 9);
      expect([tokens.dtype, tokens.shape, present.shape]).toEqual(["int32", [3, 3], [3, 3]]);
      await expectClose(tokens, [3, 1, 9, 2, 0, 4, 4, 9, 9]);
      await expectClose(present, [1, 1, 0, 1, 1, 1, 1, 0, 0]);
    });
    test("wants a token in each", () => {
      expect(() => padded([texts[0]!, new Int32Array(0)], 3)).toThrow(
        "padded: expected sequences of at least one token, got lengths [2,0]",
      );
      expect(() => padded([], 3)).toThrow("got lengths []");
    });
  });

  describe("meanPool", () => {
    test("averages what is there", async () => {
      const x = tf.tensor3d([1, 2, 3, 4, 100, 200, 5, 6, 7, 8, 9, 10], [2, 3, 2]);
      await expectClose(meanPool(x, tf.tensor2d([1, 1, 0, 1, 1, 1], [2, 3])), [2, 3, 7, 8]);
    });
    test("wants one number per position", () => {
      expect(() => meanPool(tf.zeros([2, 3, 4]), tf.zeros([2, 2]))).toThrow(
        "meanPool: expected x of shape [2,2,dModel], got shape [2,3,4]",
      );
    });
  });

  describe("textFeatures", () => {
    test.each([true, false])("gives each text the features that it has alone; causal: %s", async (causal) => {
      const { classifier, values } = makeClassifier();
      const expected = texts.flatMap((text) => features(values, text, causal));
      for (const filler of [0, 4]) {
        const got = textFeatures(classifier.encoder, padded(texts, 4, filler), 2, { causal });
        expect(got.shape).toEqual([3, 4]);
        await expectClose(got, expected, 2e-5);
      }
    });
    test("has the hooks of a language model", async () => {
      const { classifier } = makeClassifier();
      const blocks: number[] = [];
      textFeatures(classifier.encoder, padded(texts, 4), 2, { attention: (l) => (blocks.push(l), {}) });
      expect(blocks).toEqual([1, 2]);
      expect(() => textFeatures(classifier.encoder, padded(texts, 4), 2, { skip: 3 })).toThrow(
        "expected to skip a block from 1 to 2, got 3",
      );
    });
    test("names a text that is too long", () => {
      expect(() => textFeatures(makeClassifier().classifier.encoder, padded(texts, 5), 2)).toThrow(
        "textFeatures: expected at most 4 tokens, got shape [3,5]",
      );
    });
  });

  describe("classifyText", () => {
    test("gives the logits of the equations", async () => {
      const { classifier, values } = makeClassifier();
      await expectClose(classifyText(classifier, padded(texts, 4), 2), logits(values).flat(), 2e-5);
    });
    test("has the gradients of its parameters", async () => {
      const { classifier, values } = makeClassifier();
      const loss = (...tensors: tf.Tensor[]) =>
        crossEntropy(
          classifyText(replace(classifier, tensors), padded(texts, 4), 2),
          tf.tensor1d([2, 0, 1], "int32"),
        );
      const gradients = tf.grads(loss)(leaves(classifier).map(({ tensor }) => tensor));
      for (const path of [
        "encoder.positions",
        "encoder.blocks.0.attention.key",
        "encoder.norm.gain",
        "head.bias",
      ]) {
        const index = leaves(classifier).findIndex((leaf) => leaf.path === path);
        const f = (v: number[]) => reference.crossEntropy(logits({ ...values, [path]: v }), [2, 0, 1]);
        await expectClose(gradients[index]!, slope(f, values[path]!), 1e-4);
      }
    });
    test("leaves no tensor behind", () => {
      const { classifier } = makeClassifier();
      const batch = padded(texts, 4);
      const before = tf.memory().numTensors;
      classifyText(classifier, batch, 2).dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
