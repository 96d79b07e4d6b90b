import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { LabelledImages } from "#lab/dataset/digits";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { classify, initVisionTransformer } from "#lab/vit";
import * as image from "#zoo/image-classifier";
import { confusionMap, lookingAt } from "#zoo/image-figure";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

const shape = { imageSize: 8, channels: 1, patchSize: 4, dModel: 8, numLayers: 2, classes: 10 };
const sizes = { patchSize: 4, numHeads: 2 };
const model = () => initVisionTransformer(random(3), { ...shape, pooling: "class token" }, 0.3);
const set = (count: number): LabelledImages => ({
  images: Float32Array.from(numbers(count * 64, 4), Math.abs),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
  count,
  side: 8,
});

beforeAll(async () => {
  startNodeSession();
  await startHere("cpu");
});

test("answers come in the order of the images, however many go through at once", async () => {
  const [own, given] = [model(), set(230)];
  const all = tf.softmax(classify(own, image.imageTensor(given), sizes));
  const p = await image.probabilities(own, given, sizes);
  expect(p.shape).toEqual([230, 10]);
  const expected = await all.data();
  expect(Math.max(...p.values.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
  const found = image.mostProbable(p);
  const right = found.filter((label, i) => label === i % 10).length;
  expect(await image.imageAccuracy(own, given, sizes)).toBe(right / 230);
  expect((await image.features(own, given, sizes)).shape).toEqual([230, 8]);
  expect(image.mostProbable({ shape: [2, 3], values: Float64Array.of(1, 3, 2, 0, -1, -2) })).toEqual([1, 0]);
});

test("answers in words name what is wrong: ten answers, and ten wrong ones among the rest", async () => {
  const [own, given] = [model(), set(60)];
  const found = image.mostProbable(await image.probabilities(own, given, sizes));
  const lines = await image.answers(own, given, sizes);
  expect(lines).toHaveLength(20);
  lines.slice(0, 10).forEach((line, i) => {
    expect(line).toMatch(new RegExp(`^image ${i}, a ${i}: ${found[i]}, with probability 0\\.\\d\\d`));
    expect(line.endsWith(": wrong")).toBe(found[i] !== i);
  });
  expect(lines.slice(10).every((line) => line.endsWith(": wrong"))).toBe(true);
});

test("a short training learns, and leaves the model that it starts from as it was", async () => {
  const own = model();
  const given = set(10);
  const before = await Promise.all(leaves(own).map(async ({ tensor }) => Array.from(await tensor.data())));
  const tuning = { steps: 60, batchSize: 10, learningRate: 1e-2 };
  const tensors = tf.memory().numTensors;
  expect(await image.imageAccuracy(own, given, sizes)).toBeLessThan(0.4);
  expect(await image.accuracyAfter(own, { train: given, test: given }, tuning, sizes)).toBeGreaterThan(0.8);
  expect(tf.memory().numTensors).toBe(tensors);
  const after = await Promise.all(leaves(own).map(async ({ tensor }) => Array.from(await tensor.data())));
  expect(after).toEqual(before);
});

test("figures show the image, the attention and the answers", async () => {
  const figures = await lookingAt(model(), set(1), sizes, 2);
  expect(figures.map(({ table }) => [table!.rows.length, table!.columns.length])).toEqual([
    [8, 9],
    [2, 3],
  ]);
  const looks = figures[1]!.table!.rows.flatMap((row) => row.slice(1) as number[]);
  const total = looks.reduce((sum, share) => sum + share, 0);
  expect(total).toBeGreaterThan(0.5); // the rest is what the class token gives itself
  expect(total).toBeLessThan(1);
  const { rows } = confusionMap([1, 1, 2, 7], [1, 1, 1, 7]).table!;
  expect(rows[1]!.slice(1)).toEqual([0, 0.67, 0.33, 0, 0, 0, 0, 0, 0, 0]);
  expect(rows[7]!.slice(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
});
