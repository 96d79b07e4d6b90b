import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { countFlops } from "#lab/flops";
import { linear } from "#lab/layer";
import { onEachDevice } from "./device-case";

onEachDevice(() => {
  const counted = (compute: () => void): number => {
    const count = countFlops();
    tf.tidy(compute);
    count.stop();
    return count.read();
  };

  test("a product of [m, k] and [k, n] takes 2 m k n, however it is given", () => {
    expect(counted(() => void tf.matMul(tf.ones([2, 3]), tf.ones([3, 5])))).toBe(60);
    expect(counted(() => void tf.matMul(tf.ones([3, 2]), tf.ones([3, 5]), true))).toBe(60);
    expect(counted(() => void tf.matMul(tf.ones([2, 3]), tf.ones([5, 3]), false, true))).toBe(60);
  });

  test("a batch takes as many products; one matrix may serve all", () => {
    expect(counted(() => void tf.matMul(tf.ones([4, 2, 3]), tf.ones([4, 3, 5])))).toBe(240);
    expect(counted(() => void tf.matMul(tf.ones([4, 2, 3]), tf.ones([1, 3, 5])))).toBe(240);
  });

  test("a gradient counts what it needs: one product more for the weight, two for input and weight", () => {
    const [x, W] = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([3, 5])];
    const loss = (x: tf.Tensor, W: tf.Tensor) => tf.sum(linear(x, W as tf.Tensor2D));
    expect(counted(() => void tf.grad((W) => loss(x, W))(W))).toBe(2 * 60);
    expect(counted(() => void tf.grads((x, W) => loss(x!, W!))([x, W]))).toBe(3 * 60);
  });

  test("nothing counts after the end, nor what is no product", () => {
    const count = countFlops();
    count.stop();
    tf.tidy(() => void tf.matMul(tf.ones([2, 3]), tf.ones([3, 5])));
    expect(count.read()).toBe(0);
    expect(counted(() => void tf.add(tf.ones([9]), tf.ones([9])))).toBe(0);
  });
});
