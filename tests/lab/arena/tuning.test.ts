import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { contender } from "#lab/arena/contender";
import { type Ring, ringOf } from "#lab/arena/ring";
import { movingLeaves, tune } from "#lab/arena/tuning";
import { startHere, startNodeSession } from "#tests/lab/device-case";

let ring: Ring;
beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
  ring = await ringOf({ steps: 2, batchSize: 2, time: 8, validated: 2, tested: 2 });
});

const dModel = 64;
/** Trains one of two factors of the last norm's gain. */
const gains = () =>
  contender(
    { moves: tf.ones([dModel]), stays: tf.ones([dModel]) },
    ({ moves, stays }) => {
      const gain = tf.mul(ring.model.norm.gain, tf.mul(moves, stays)) as tf.Tensor1D;
      return { model: { ...ring.model, norm: { ...ring.model.norm, gain } } };
    },
    { trains: "moves" },
  );

test("what moves is what an entry names, and the head", () => {
  const head = { weight: tf.zeros<tf.Rank.R2>([dModel, 2]), bias: tf.zeros<tf.Rank.R1>([2]) };
  const own = gains();
  expect(movingLeaves(own, { own: own.parameters, head })).toEqual(["own.moves", "head.weight", "head.bias"]);
  const all = { ...own, trains: undefined };
  expect(movingLeaves(all, { own: own.parameters, head })).toHaveLength(4);
});

test("tuning moves the head, leaves what is not trained, and depends on the seed alone", async () => {
  const at = { rate: 1e-2, seed: 1, stage: "a test" };
  const weight = async (seed: number) => (await tune(ring, gains(), { ...at, seed })).head.weight.data();
  const { own, head } = await tune(ring, gains(), at);
  const { moves, stays } = own as { moves: tf.Tensor; stays: tf.Tensor };
  expect(await stays.data()).toEqual(new Float32Array(dModel).fill(1));
  expect(await moves.data()).not.toEqual(await stays.data());
  expect(await head.weight.data()).toEqual(await weight(1));
  expect(await weight(2)).not.toEqual(await weight(1));
  expect((await head.bias.data()).every((value) => value !== 0)).toBe(true);
});
