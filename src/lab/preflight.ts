import * as tf from "@tensorflow/tfjs-core";

/** A small computation with a known result. */
interface Probe {
  name: string;
  compute: () => tf.Tensor;
  expected: number[];
}

const probes: Probe[] = [
  { name: "a product", compute: product, expected: [64_000] },
  { name: "a reduction", compute: () => tf.sum(tf.range(0, 1000)), expected: [499_500] },
  {
    name: "a softmax",
    compute: () => tf.softmax(tf.tensor1d([0, Math.LN2, Math.log(5)])),
    expected: [1 / 8, 2 / 8, 5 / 8],
  },
  {
    name: "a gather",
    compute: () => tf.gather(tf.tensor1d([10, 20, 30]), tf.tensor1d([2, 0], "int32")),
    expected: [30, 10],
  },
  { name: "a gradient", compute: gradient, expected: [6, 8, 10] },
];

/**
 * Compares small results of the device in use with known values.
 * @throws at the first one that is wrong, with its name
 */
export async function preflight(): Promise<void> {
  for (const { name, compute, expected } of probes) {
    const result = tf.tidy(compute);
    const values = Array.from(await result.data());
    result.dispose();
    const right =
      values.length === expected.length && expected.every((e, i) => Math.abs(values[i]! - e) <= 1e-4 * e);
    if (!right) throw new Error(`preflight: expected ${name} of [${expected}], got [${values}]`);
  }
}

/** The sum over a product of two matrices of ones, 40 × 40. */
function product(): tf.Tensor {
  return tf.sum(tf.matMul(tf.ones([40, 40]), tf.ones([40, 40])));
}

/** d/dx Σ x² + ... at (3, 4, 5), through a product as layers have it. */
function gradient(): tf.Tensor {
  const square = (x: tf.Tensor) => tf.sum(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true));
  return tf.reshape(tf.grad(square)(tf.tensor2d([[3, 4, 5]])), [3]);
}
