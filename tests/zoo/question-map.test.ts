import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { passKey } from "#lab/dataset/recall";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { attentionWeights } from "#zoo/attention-weights";
import { questionMap } from "#zoo/question-map";
import { startHere, startNodeSession } from "../lab/device-case";

test("a row per head: the last position's weights, and where the key stands", async () => {
  await startHere("cpu");
  startNodeSession();
  const shape = { vocabSize: 23, time: 16, dModel: 8, numHeads: 2, numLayers: 2 };
  const model = initLanguageModel(random(0), shape, 0.5);
  const { table, description } = await questionMap(model, 2, 16);
  expect(table!.rows.map(([name]) => name)).toEqual(["1.1", "1.2", "2.1", "2.2"]);
  const { tokens, answers } = passKey(random(11), 1, 16);
  expect(description).toContain(`stands at position ${tokens.indexOf(answers[0]!)}.`);
  const inputs = tf.tensor2d(tokens, [1, 16], "int32");
  const [, second] = await attentionWeights(2, (options) => forward(model, inputs, 2, options));
  const last = second!.at(-1)!;
  const expected = [...last.slice(0, 4), last.slice(4).reduce((sum, weight) => sum + weight, 0)];
  expect(table!.columns.slice(1)).toEqual(["0", "1", "2", "3", "later"]);
  expected.forEach((weight, t) => expect(Number(table!.rows[3]![t + 1])).toBeCloseTo(weight, 6));
});
