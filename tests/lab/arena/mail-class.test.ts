import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { mailBatch, mailLogits } from "#lab/arena/mail-class";
import { type Ring, ringOf } from "#lab/arena/ring";
import { encode } from "#lab/dataset/text";
import { random } from "#lab/random";
import { trace } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { layerNorm, product, rows } from "#tests/lab/reference";

let ring: Ring;
beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
  ring = await ringOf({ steps: 3, batchSize: 2, time: 8, validated: 4, tested: 6 });
});
const dModel = 64;

test("a mail is its first characters, and 1 for spam", async () => {
  const { tokens, labels } = mailBatch(ring.mails.slice(0, 4), 8);
  const expected = ring.mails.slice(0, 4).map(({ text }) => Array.from(encode(text.slice(0, 8))));
  expect(await tokens.array()).toEqual(expected);
  expect(Array.from(await labels.data())).toEqual(ring.mails.slice(0, 4).map(({ label }) => label));
});

describe("logits of mails", () => {
  const head = () => ({ weight: random(5).normal([dModel, 2]), bias: tf.tensor1d([0.5, -1]) });
  test.each(["without", "with"])("are linear in the mean over characters, %s a prompt", async (how) => {
    const { tokens } = mailBatch(ring.mails.slice(0, 3), 8);
    const options = how === "with" ? { prompt: random(6).normal([5, dModel]) } : {};
    const stream = trace(ring.model, tokens, 4, options).residuals.at(-1)!;
    const [, time] = stream.shape as [number, number];
    const all = rows(Array.from(await stream.data()), dModel);
    const { gain, bias } = ring.model.norm;
    const [g, b] = [Array.from(await gain.data()), Array.from(await bias.data())];
    const { weight, bias: shift } = head();
    const means = [0, 1, 2].map((mail) => {
      const own = layerNorm(all.slice((mail + 1) * time - 8, (mail + 1) * time), g, b);
      return own[0]!.map((_, f) => own.reduce((sum, row) => sum + row[f]!, 0) / 8);
    });
    const plain = product(means, rows(Array.from(await weight.data()), 2));
    const offset = Array.from(await shift.data());
    const expected = plain.flatMap((row) => row.map((value, i) => value + offset[i]!));
    await expectClose(
      mailLogits({ model: ring.model, options }, { weight, bias: shift }, tokens),
      expected,
      1e-4,
    );
  });
});
