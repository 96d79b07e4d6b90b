import { beforeAll, expect, test } from "vitest";
import { maskedPieces } from "#lab/dataset/masked-pieces";
import { mobyDick, stateOfTheUnion } from "#lab/dataset/text";
import { random } from "#lab/random";
import { initLanguageModel } from "#lab/transformer";
import { onMail, otherText, ownText, type Subject } from "#zoo/masked-measures";
import { inPieces } from "#zoo/masked-text";
import { startHere, startNodeSession } from "../lab/device-case";

const shape = { vocabSize: 512, time: 16, dModel: 8, numHeads: 2, numLayers: 1 };
let subject: Subject;

beforeAll(async () => {
  await startHere("wasm");
  startNodeSession();
  const model = initLanguageModel(random(0), shape, 0.1);
  subject = { model, start: model, numHeads: 2, time: shape.time, pieces: await maskedPieces() };
});

test("an untrained model names next to nothing, and its loss is that of no knowledge", async () => {
  const [named, loss] = await ownText(subject, inPieces(await mobyDick(), subject.pieces));
  expect(named!.value).toBeLessThan(0.02);
  expect(Math.abs(loss!.value - Math.log(512))).toBeLessThan(0.1);
  expect(named!.baselines.map(({ value }) => Number(value.toFixed(2)))).toEqual([0.04, 0.14, 0.35]);
  expect(loss!.baselines.map(({ value }) => Number(value.toFixed(1)))).toEqual([5.5, 4.1]);
});

test("a model that is its own start is worth no more than it", async () => {
  const text = inPieces(await stateOfTheUnion(), subject.pieces);
  const heldOut = text.heldOut.subarray(0, 800);
  for (const { value, baselines } of [
    await otherText(subject, { ...text, heldOut }),
    ...(await onMail(subject)),
  ])
    expect(value).toBe(baselines[0]!.value);
});
