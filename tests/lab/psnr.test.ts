import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { psnr } from "#lab/psnr";
import { expectClose, onEachDevice } from "./device-case";
import { numbers } from "./reference";

onEachDevice(() => {
  test("is the ratio of the peak to the error over all pixels, in dB", async () => {
    const [a, b] = [numbers(24, 1), numbers(24, 2)];
    const error = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / 24;
    const shape = [2, 3, 4, 1];
    await expectClose(psnr(tf.tensor(a, shape), tf.tensor(b, shape)), [10 * Math.log10(1 / error)]);
    await expectClose(psnr(tf.tensor(a, shape), tf.tensor(b, shape), 255), [
      10 * Math.log10(255 ** 2 / error),
    ]);
  });
  test("is of the mean error, not the mean over images", async () => {
    // Errors 0.01 and 1 have ratios of 20 and 0 dB, whose mean is 10; their mean error 0.505 has 2.967 dB.
    const images = tf.tensor2d([0.1, 1], [2, 1]);
    await expectClose(psnr(images, tf.zeros([2, 1])), [-10 * Math.log10(0.505)]);
  });
  test("wants one shape", () => {
    expect(() => psnr(tf.zeros([2, 4]), tf.zeros([4, 2]))).toThrow(
      "psnr: expected two tensors of one shape, got [2,4] and [4,2]",
    );
  });
});
