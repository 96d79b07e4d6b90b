import { beforeAll, expect, test } from "vitest";
import { encode } from "#lab/dataset/text";
import { random } from "#lab/random";
import { initLanguageModel } from "#lab/transformer";
import { bagProbe, mailProbe, tunedOnMail } from "#zoo/mail-classifier";
import { startHere, startNodeSession } from "../lab/device-case";

const shape = { vocabSize: 96, time: 16, dModel: 8, numHeads: 2, numLayers: 1 };
const reading = { numHeads: 2, time: 16, encode };

beforeAll(async () => {
  await startHere("wasm");
  startNodeSession();
});

test("probes tell spam from ham better than chance", async () => {
  const encoder = initLanguageModel(random(0), shape, 0.3);
  for (const share of [await mailProbe(encoder, reading), await bagProbe(96, reading)]) {
    expect(share).toBeGreaterThan(0.55);
    expect(share).toBeLessThan(1);
  }
});

test("a probe on tokens sees no more of a mail than is read", async () => {
  // Every mail is one and the same token long: nothing to tell them by.
  const same = () => Int32Array.of(5, 6, 7);
  expect(await bagProbe(96, { numHeads: 2, time: 2, encode: same })).toBeCloseTo(0.5, 12);
});

test("training on mail is the same each time, and leaves the start as it is", async () => {
  const start = initLanguageModel(random(0), shape, 0.3);
  const before = await start.tokens.data();
  const training = { steps: 12, learningRate: 3e-3, size: 100 };
  const [first, again] = [
    await tunedOnMail(start, reading, training),
    await tunedOnMail(start, reading, training),
  ];
  expect(first).toBe(again);
  expect(first).toBeGreaterThan(0.4);
  expect(await start.tokens.data()).toEqual(before);
});
