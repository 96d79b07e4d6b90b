import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { random } from "#lab/random";
import { classify, initVisionTransformer, type VisionTransformer } from "#lab/vit";
import { throughWindow } from "#zoo/patch-window";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

const shape = { imageSize: 12, channels: 1, patchSize: 3, dModel: 8, numLayers: 2, classes: 5 };
const sizes = { patchSize: 3, numHeads: 2 };
const make = (pooling: "class token" | "mean") =>
  initVisionTransformer(random(3), { ...shape, pooling }, 0.3);
const window = { side: 2, top: 1, left: 2 };

/** The rows of the window's patches in a grid of 4 × 4: rows 1 and 2, columns 2 and 3. */
const seen = [6, 7, 10, 11];

beforeAll(async () => {
  startNodeSession();
  await startHere("cpu");
});

test("a window has the class token's row and those of its patches, and every other parameter as it was", async () => {
  for (const [pooling, rows] of [
    ["class token", [0, ...seen.map((patch) => patch + 1)]],
    ["mean", seen],
  ] as const) {
    const model = make(pooling);
    const { positions, ...rest } = throughWindow(model, window);
    const all = (await model.positions.array()) as number[][];
    expect(await positions.array()).toEqual(rows.map((row) => all[row]));
    const { positions: _, ...others } = model;
    expect(Object.entries(rest)).toEqual(Object.entries(others));
  }
});

test("a window as large as the grid answers as the model does", async () => {
  const model = make("class token");
  const images = tf.tensor4d(numbers(2 * 144, 4), [2, 12, 12, 1]);
  const whole = throughWindow(model, { side: 4, top: 0, left: 0 });
  expect(await classify(whole, images, sizes).array()).toEqual(await classify(model, images, sizes).array());
});

test("of the position table only what a window shows is moved by its images", async () => {
  const model = make("class token");
  const images = tf.tensor4d(numbers(2 * 36, 4), [2, 6, 6, 1]);
  const logits = (positions: tf.Tensor) => {
    const own: VisionTransformer = { ...model, positions: positions as tf.Tensor2D };
    return tf.sum(tf.square(classify(throughWindow(own, window), images, sizes)));
  };
  const gradient = (await tf.grad(logits)(model.positions).array()) as number[][];
  const moved = gradient.flatMap((row, at) => (row.some((value) => value !== 0) ? [at] : []));
  expect(moved).toEqual([0, 7, 8, 11, 12]);
});

test("a window outside the grid is refused", () => {
  const model = make("mean");
  for (const wrong of [
    { side: 2, top: 3, left: 0 },
    { side: 2, top: 0, left: -1 },
    { side: 0, top: 0, left: 0 },
    { side: 1.5, top: 0, left: 0 },
  ])
    expect(() => throughWindow(model, wrong), JSON.stringify(wrong)).toThrow(/within 4×4 patches/);
  const odd = { ...model, positions: tf.zeros([15, 8]) as tf.Tensor2D };
  expect(() => throughWindow(odd, window)).toThrow(/expected a square of patches, got 15/);
});
