import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { scenes } from "#lab/dataset/scenes";
import { random } from "#lab/random";
import { meanIntersectionOverUnion, segment } from "#lab/segmentation";
import { initVisionTransformer } from "#lab/vit";
import { foundClasses, sceneLoss, sceneMaps, sceneScore } from "#zoo/scene-segmentation";
import { startHere, startNodeSession } from "#tests/lab/device-case";

const sizes = { patchSize: 4, numHeads: 2 };
const shape = { imageSize: 16, channels: 1, patchSize: 4, dModel: 8, numLayers: 1, classes: 48 };
const model = () => initVisionTransformer(random(3), { ...shape, pooling: "mean" }, 0.3);
const given = scenes(random(1), 23, { side: 16 });

beforeAll(async () => {
  startNodeSession();
  await startHere("cpu");
});

/** The logits of all pixels of all scenes at once, in the order of the pixels. */
async function logits(): Promise<number[][]> {
  const own = segment(model(), tf.tensor4d(given.images, [23, 16, 16, 1]), sizes);
  return (await tf.reshape(own, [-1, 3]).array()) as number[][];
}

test("finds the most probable class of each pixel, however many scenes go through at once", async () => {
  const expected = (await logits()).map((row) => row.indexOf(Math.max(...row)));
  const found = await foundClasses(model(), given, sizes);
  expect(Array.from(found)).toEqual(expected);
  expect(new Set(found).size).toBeGreaterThan(1);
  const score = meanIntersectionOverUnion(expected, given.classes, 3);
  expect(await sceneScore(model(), given, sizes)).toBe(score);
});

test("the loss is the mean over pixels of -log of the right class's probability", async () => {
  const rows = await logits();
  const total = rows.reduce((sum, row, at) => {
    const powers = row.map(Math.exp);
    return sum - Math.log(powers[given.classes[at]!]! / powers.reduce((a, b) => a + b, 0));
  }, 0);
  const [loss] = await sceneLoss(model(), given, sizes).data();
  expect(loss).toBeCloseTo(total / rows.length, 4);
});

test("figures show the scene, its classes and the answer", async () => {
  const one = scenes(random(5), 1, { side: 16 });
  const figures = await sceneMaps(model(), one, sizes);
  const numbers = figures.map(({ table }) => table!.rows.flatMap((row) => row.slice(1) as number[]));
  expect(numbers[0]!.every((grey, at) => Math.abs(grey - one.images[at]!) < 0.0051)).toBe(true);
  expect(numbers[1]).toEqual(Array.from(one.classes));
  expect(numbers[2]).toEqual(Array.from(await foundClasses(model(), one, sizes)));
});
