import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { conv2d } from "#lab/convolution";
import { unfold, unfoldedConv2d } from "#lab/unfolding";
import { expectClose, onEachDevice } from "./device-case";
import { numbers, slope } from "./reference";

const [batch, height, width, dIn, dOut, size] = [2, 4, 3, 2, 3, 3];
const shape: [number, number, number, number] = [batch, height, width, dIn];
const x = numbers(batch * height * width * dIn, 1);
const weight = numbers(size * size * dIn * dOut, 2);
const bias = numbers(dOut, 3);

/** The pixel's channel, 0 outside the image. */
const pixel = (of: number[], image: number, row: number, column: number, channel: number) =>
  row < 0 || row >= height || column < 0 || column >= width
    ? 0
    : of[((image * height + row) * width + column) * dIn + channel]!;

/** All places of the output, in order. */
const places = Array.from({ length: batch * height * width }, (_, at) => ({
  image: Math.floor(at / (height * width)),
  row: Math.floor(at / width) % height,
  column: at % width,
}));

/** The convolution in float64, window by window. */
const convolved = (x: number[], weight: number[], bias: number[]) =>
  places.flatMap(({ image, row, column }) =>
    bias.map((start, out) => {
      let sum = start;
      for (let p = 0; p < size; p++)
        for (let q = 0; q < size; q++)
          for (let c = 0; c < dIn; c++)
            sum +=
              pixel(x, image, row + p - 1, column + q - 1, c) *
              weight[((p * size + q) * dIn + c) * dOut + out]!;
      return sum;
    }),
  );

onEachDevice(() => {
  const filters = () => ({ weight: tf.tensor4d(weight, [size, size, dIn, dOut]), bias: tf.tensor1d(bias) });

  test("unfold lays the window of each pixel out in a row", async () => {
    const rows = places.flatMap(({ image, row, column }) =>
      Array.from({ length: size * size * dIn }, (_, at) => {
        const [k, c] = [Math.floor(at / dIn), at % dIn];
        return pixel(x, image, row + Math.floor(k / size) - 1, column + (k % size) - 1, c);
      }),
    );
    const y = unfold(tf.tensor4d(x, shape), size);
    expect(y.shape).toEqual([batch, height, width, size * size * dIn]);
    await expectClose(y, rows);
    expect(() => unfold(tf.tensor4d(x, shape), 2)).toThrow("unfold: expected an odd size, got 2");
  });

  describe("unfoldedConv2d", () => {
    test("is the convolution", async () => {
      const y = unfoldedConv2d(tf.tensor4d(x, shape), filters());
      expect(y.shape).toEqual([batch, height, width, dOut]);
      await expectClose(y, convolved(x, weight, bias));
      await expectClose(conv2d(tf.tensor4d(x, shape), filters()), Array.from(await y.data()));
      const { weight: alone } = filters();
      await expectClose(
        unfoldedConv2d(tf.tensor4d(x, shape), { weight: alone }),
        convolved(x, weight, [0, 0, 0]),
      );
    });
    test("has its gradients", async () => {
      const mix = numbers(batch * height * width * dOut, 4);
      const total = (y: number[]) => y.reduce((sum, value, i) => sum + value * mix[i]!, 0);
      const loss = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => {
        const y = unfoldedConv2d(x as tf.Tensor4D, {
          weight: weight as tf.Tensor4D,
          bias: bias as tf.Tensor1D,
        });
        return tf.sum(tf.mul(y, tf.tensor(mix, y.shape)));
      };
      const { weight: W, bias: b } = filters();
      const [dx, dW, db] = tf.grads(loss as (...args: tf.Tensor[]) => tf.Tensor)([
        tf.tensor4d(x, shape),
        W,
        b,
      ]);
      await expectClose(
        dx!,
        slope((v) => total(convolved(v, weight, bias)), x),
        1e-4,
      );
      await expectClose(
        dW!,
        slope((v) => total(convolved(x, v, bias)), weight),
        1e-4,
      );
      await expectClose(
        db!,
        slope((v) => total(convolved(x, weight, v)), bias),
        1e-4,
      );
    });
    test("names what does not fit", () => {
      expect(() => unfoldedConv2d(tf.zeros([1, 4, 4, 3]), filters())).toThrow(
        "unfoldedConv2d: expected x of shape [batch, height, width, 2] and filters of an odd square, got shapes [1,4,4,3] and [3,3,2,3]",
      );
      expect(() => unfoldedConv2d(tf.zeros([1, 4, 4, 2]), { weight: tf.zeros([2, 2, 2, 3]) })).toThrow(
        "filters of an odd square",
      );
    });
  });
});
