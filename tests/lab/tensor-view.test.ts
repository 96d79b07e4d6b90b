import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { tensorView } from "#lab/figure/tensor-view";
import { onEachDevice, startNodeSession } from "./device-case";

onEachDevice(() => {
  beforeAll(() => startNodeSession());

  test("a small tensor is shown by its numbers and their statistics", async () => {
    const view = await tensorView(tf.tensor2d([1, 2, 3, 6], [2, 2]));
    expect(view).toMatchObject({ shape: [2, 2], dtype: "float32", notFinite: 0, values: [1, 2, 3, 6] });
    expect(view.statistics.mean).toBe(3);
    expect(view.statistics.deviation).toBeCloseTo(Math.sqrt((4 + 1 + 0 + 9) / 4), 12);
    expect([view.statistics.least, view.statistics.greatest]).toEqual([1, 6]);
  });

  test("a large one by a heat map of its first matrix, in blocks", async () => {
    const { figure, values } = await tensorView(tf.reshape(tf.range(0, 2 * 40 * 8), [2, 40, 8]));
    expect(values).toBeUndefined();
    expect(figure?.title).toBe("Values at [0], each cell the mean of 2 × 1 values");
    // The first block: rows 0 and 1 of column 0, which hold 0 and 8.
    expect(figure?.table?.rows[0]).toEqual(expect.arrayContaining([4]));
  });

  test("values that are not finite are counted and left out", async () => {
    const { notFinite, statistics } = await tensorView(tf.tensor1d([NaN, Infinity, 2, 4]));
    expect([notFinite, statistics.mean]).toEqual([2, 3]);
  });

  test("a tensor that is gone is refused", async () => {
    const gone = tf.zeros([2]);
    gone.dispose();
    await expect(tensorView(gone)).rejects.toThrow(
      "tensorView: expected a tensor of numbers, got a disposed one",
    );
  });
});
