import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { synthetic, tasks } from "#lab/dataset/degradation";
import { digits } from "#lab/dataset/digits";
import { random } from "#lab/random";
import { initRestorationNet, type RestorationNet } from "#lab/restoration";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import {
  degradedRatio,
  heldOut,
  ownRatio,
  restorationLoss,
  restorationShape,
  restored,
  restoredRatio,
} from "#zoo/restoration-score";

beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
});

/** A network that adds a constant to every pixel. */
function adding(constant: number): RestorationNet {
  const net = initRestorationNet(random(0), restorationShape, "uniform fan-in");
  return { ...net, last: { weight: tf.zerosLike(net.last.weight), bias: tf.tensor1d([constant]) } };
}

/** dB in float64, pixel by pixel. */
function decibels(images: Float32Array, truth: Float32Array): number {
  const error = images.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0) / images.length;
  return -10 * Math.log10(error);
}

test("held-out digits are the test images, degraded alike each time", async () => {
  const { test: images } = await digits({ side: 8 });
  const { truth, inputs } = await heldOut(synthetic.noise);
  expect(truth.images).toEqual(images.images);
  expect((await heldOut(synthetic.noise)).inputs).toEqual(inputs);
  expect(await degradedRatio(synthetic.noise)).toBeCloseTo(decibels(inputs.images, truth.images), 3);
});

test("a network that changes nothing leaves the ratio as it is; one that adds is clipped at 0 and 1", async () => {
  const degrade = tasks["low light"];
  expect(await restoredRatio(adding(0), degrade)).toBeCloseTo(await degradedRatio(degrade), 5);
  const { truth, inputs } = await heldOut(degrade);
  const lighter = inputs.images.map((value) => Math.min(1, value + 0.25));
  expect(await restoredRatio(adding(0.25), degrade)).toBeCloseTo(decibels(lighter, truth.images), 3);
  const { images } = await restored(adding(-2), inputs);
  expect([Math.min(...images), Math.max(...images)]).toEqual([0, 0]);
});

test("the loss is the mean absolute error", async () => {
  const { truth, inputs } = await heldOut(synthetic.haze);
  const error = inputs.images.reduce((sum, value, i) => sum + Math.abs(value + 0.5 - truth.images[i]!), 0);
  const [loss] = await restorationLoss(adding(0.5), inputs, truth).data();
  expect(loss).toBeCloseTo(error / truth.images.length, 4);
});

test("a linear filter is better than nothing, and a network that changes nothing is not", async () => {
  const { value, baselines } = await ownRatio(adding(0), synthetic.noise, "noise");
  expect(baselines[0]!.value).toBeCloseTo(value, 5);
  expect(baselines[1]!.value - value).toBeGreaterThan(1);
});
