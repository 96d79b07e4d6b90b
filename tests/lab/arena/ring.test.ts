import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type Ring, ringOf, withBiases } from "#lab/arena/ring";
import { flatten } from "#lab/parameter";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";

let ring: Ring;
beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
  ring = await ringOf({ steps: 3, batchSize: 2, time: 8, validated: 4, tested: 6 });
});

test("biases of zero change nothing, and are where linear maps are", async () => {
  const shape = { vocabSize: 7, time: 6, dModel: 8, numHeads: 4, numLayers: 2, dFf: 12 };
  const plain = initLanguageModel(random(1), shape, 0.3);
  const tokens = tf.tensor2d([1, 2, 3, 4, 5, 6], [1, 6], "int32");
  await expectClose(
    forward(withBiases(plain), tokens, 4),
    Array.from(await forward(plain, tokens, 4).data()),
  );
  const added = Object.entries(flatten(withBiases(plain))).filter(([path]) => path.includes("biases"));
  expect(added.map(([path, { shape }]) => `${path} ${shape}`).slice(0, 6)).toEqual([
    "blocks.0.attention.biases.query 8",
    "blocks.0.attention.biases.key 8",
    "blocks.0.attention.biases.value 8",
    "blocks.0.attention.biases.output 8",
    "blocks.0.feedForward.biases.hidden 12",
    "blocks.0.feedForward.biases.output 8",
  ]);
});

test("keeps mails apart: to train on, to choose rates with, to test on", async () => {
  expect([ring.validationMails.length, ring.testMails.length]).toEqual([4, 6]);
  const whole = await ringOf({ steps: 3, batchSize: 2, time: 8, validated: 120, tested: 400 });
  expect([whole.validationMails.length, whole.testMails.length]).toEqual([120, 400]);
  const { mails, validationMails, testMails } = whole;
  expect(new Set([...mails, ...validationMails, ...testMails]).size).toBe(mails.length + 520);
  expect(ring.mails).toHaveLength(mails.length); // whatever is chosen with, training reads the same
});
