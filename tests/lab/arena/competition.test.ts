import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { compete, judge } from "#lab/arena/competition";
import { contender, type Entry } from "#lab/arena/contender";
import { mailBatch, mailLogits } from "#lab/arena/mail-class";
import { type Ring, ringOf } from "#lab/arena/ring";
import { enter as full } from "#lab/entry/full";
import { enter as headOnly } from "#lab/entry/head-only";
import { flatten } from "#lab/parameter";
import { random } from "#lab/random";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";

let ring: Ring;
beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
  ring = await ringOf({ steps: 3, batchSize: 2, time: 8, validated: 4, tested: 6 });
});
const [dModel, vocabSize, dFf, numLayers] = [64, 96, 256, 4];

test("mails are judged a few at a time, as all at once would be", async () => {
  const mails = ring.mails.slice(0, 103);
  const head = { weight: random(5).normal([dModel, 2]), bias: tf.tensor1d([0.5, -1]) };
  const { tokens, labels } = mailBatch(mails, 8);
  const found = judge(mails, 8, { model: ring.model }, head);
  const atOnce = await mailLogits({ model: ring.model }, head, tokens).data();
  await expectClose(found.logits, Array.from(atOnce), 1e-5);
  expect(Array.from(await found.labels.data())).toEqual(Array.from(await labels.data()));
});

describe("a competition", () => {
  const at = { rate: 1e-3, seed: 1 };

  test("of the head alone trains 130 numbers, forgets nothing, and takes the FLOPs of its products", async () => {
    const outcome = await compete(ring, "head only", headOnly, at);
    expect(outcome).toMatchObject({ trained: 2 * dModel + 2, forgetting: 0 });
    const N = 2 * 8; // characters of a batch
    const forwardPass =
      2 * N * vocabSize * dModel + // looked up
      numLayers * (4 * 2 * N * dModel ** 2 + 2 * 2 * 2 * 8 ** 2 * dModel + 2 * 2 * N * dModel * dFf);
    const head = 2 * 2 * dModel * 2;
    expect(outcome.flops).toBe(3 * (forwardPass + 2 * head));
  });

  test("leaves the model as it was, and comes to the same with the same seed", async () => {
    const before = await ring.model.blocks[0]!.attention.query.data();
    const [one, again] = [await compete(ring, "full", full, at), await compete(ring, "full", full, at)];
    expect(await ring.model.blocks[0]!.attention.query.data()).toEqual(before);
    expect([again.accuracy, again.validation, again.forgetting]).toEqual([
      one.accuracy,
      one.validation,
      one.forgetting,
    ]);
    expect(one.forgetting).not.toBe(0);
    const other = await compete(ring, "full", full, { ...at, seed: 2 });
    expect(other.validation).not.toBe(one.validation);
    // All but the head that names characters.
    const all = Object.values(flatten(ring.model)).reduce((sum, { size }) => sum + size, 0);
    expect(one.trained).toBe(all - dModel * vocabSize + 130);
  });

  test("without gradients has half as many steps again, each on one batch", async () => {
    const losses: number[][] = [];
    const entry: Entry = (model) =>
      contender({ x: tf.zeros([1]) }, () => ({ model }), {
        step(F, W) {
          losses.push([F(W).dataSync()[0]!, F(W).dataSync()[0]!]);
          return W.map((w) => tf.add(w, 0));
        },
      });
    await compete(ring, "none", entry, at);
    expect(losses).toHaveLength(5); // ⌈1.5 × 3⌉
    for (const [first, second] of losses) expect(second).toBe(first);
    expect(new Set(losses.map(([first]) => first)).size).toBe(5);
  });

  test("trains only what an entry names", async () => {
    const entry: Entry = (model) =>
      contender(
        { moves: tf.ones([dModel]), stays: tf.ones([dModel]) },
        ({ moves, stays }) => {
          const gain = tf.mul(model.norm.gain, tf.mul(moves, stays)) as tf.Tensor1D;
          return { model: { ...model, norm: { ...model.norm, gain } } };
        },
        { trains: "moves" },
      );
    const { trained, result } = await compete(ring, "gain", entry, at);
    expect(trained).toBe(dModel + 130);
    const ratio = await tf.div(result.model.norm.gain, ring.model.norm.gain).data();
    expect(ratio.some((value) => Math.abs(value - 1) > 1e-5)).toBe(true);
  });
});
