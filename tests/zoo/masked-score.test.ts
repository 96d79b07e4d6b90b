import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { initLanguageModel, type LanguageModel } from "#lab/transformer";
import { maskedScore, windowsOf } from "#zoo/masked-score";
import { startHere } from "../lab/device-case";

const shape = { vocabSize: 4, time: 8, dModel: 4, numHeads: 2, numLayers: 1 };
const masking = { mask: 3, vocabSize: 4 };
beforeAll(() => startHere("cpu"));

/** A model whose logits are ln p at every position: its stream is (1, -1, 1, -1) whatever it reads. */
function model(p: number[]): LanguageModel {
  const zero = mapParameters(initLanguageModel(random(0), shape, 1), (tensor) => tf.zerosLike(tensor));
  const row = p.map((share) => Math.log(share) / 2);
  const bias = tf.tensor1d([1, -1, 1, -1]);
  const head = tf.tensor2d([row, row.map((v) => -v), [0, 0, 0, 0], [0, 0, 0, 0]]);
  return { ...zero, norm: { gain: tf.zeros([4]), bias }, head };
}

test("windows stand one after the other", () => {
  const tokens = Int32Array.from({ length: 11 }, (_, at) => at);
  expect(windowsOf(tokens, 4).map((window) => [...window])).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

test("a model of shares alone has their cross-entropy and names the most frequent token", async () => {
  const tokens = Int32Array.from({ length: 20 * 8 }, () => 1);
  const windows = windowsOf(tokens, 8);
  const sure = await maskedScore(model([0.2, 0.5, 0.2, 0.1]), windows, masking, { numHeads: 2 });
  expect(sure.loss).toBeCloseTo(Math.log(2), 5);
  expect(sure.accuracy).toBe(1);
  const wrong = await maskedScore(model([0.5, 0.2, 0.2, 0.1]), windows, masking, { numHeads: 2 });
  expect(wrong.loss).toBeCloseTo(Math.log(5), 5);
  expect(wrong.accuracy).toBe(0);
});

test("rounds hide other tokens; the same call gives the same score and leaves no tensor", async () => {
  const windows = windowsOf(random(1).integers(400, 3), 8);
  const one = model([0.6, 0.2, 0.1, 0.1]);
  const before = tf.memory().numTensors;
  const score = (rounds: number) => maskedScore(one, windows, masking, { numHeads: 2, rounds });
  const [first, again, more] = [await score(1), await score(1), await score(3)];
  expect(first).toEqual(again);
  expect(more).not.toEqual(first);
  expect(tf.memory().numTensors).toBe(before);
});
