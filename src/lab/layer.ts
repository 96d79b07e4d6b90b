import * as tf from "@tensorflow/tfjs-core";
import type { Random } from "#lab/random";

/** Keeps tensors for the backward pass of a gradient written out by hand. */
type Save = (tensors: tf.Tensor[]) => void;

/** Gain g and bias b of a normalisation, one number per feature. */
export type Norm = {
  gain: tf.Tensor1D; // [dModel]
  bias: tf.Tensor1D; // [dModel]
};

/** Gain 1 and bias 0. */
export function initNorm(dModel: number): Norm {
  return { gain: tf.ones([dModel]), bias: tf.zeros([dModel]) };
}

/** How weights are drawn: from N(0, std²) with this std, or from U(±1/√dIn), which is PyTorch's default for linear maps. */
export type Init = number | "uniform fan-in";

/** A weight matrix drawn from N(0, std²) or U(±1/√dIn). */
export function initLinear(random: Random, dIn: number, dOut: number, init: Init): tf.Tensor2D {
  if (init !== "uniform fan-in") return random.normal([dIn, dOut], init); // [dIn, dOut]
  return random.uniform([dIn, dOut], -1 / Math.sqrt(dIn), 1 / Math.sqrt(dIn)); // [dIn, dOut]
}

/** The bias of a linear map: drawn from U(±1/√dIn) where its weights are, 0 otherwise. */
export function initBias(random: Random, dIn: number, dOut: number, init: Init): tf.Tensor1D {
  if (init !== "uniform fan-in") return tf.zeros([dOut]); // [dOut]
  return random.uniform([dOut], -1 / Math.sqrt(dIn), 1 / Math.sqrt(dIn)); // [dOut]
}

/**
 * x W + b, or x W without a bias. Leading axes are flattened for the product, since TensorFlow.js computes one large
 * product faster than a batch of small ones, and wrongly differentiates a product that broadcasts.
 * @param x [..., dIn]
 * @param weight [dIn, dOut]
 * @param bias [dOut]
 * @returns [..., dOut]
 * @throws when the last axis of x is not dIn, or the bias has not dOut numbers
 */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [dIn, dOut] = weight.shape;
  const leading = x.shape.slice(0, -1);
  if (x.shape.at(-1) !== dIn) {
    throw new Error(`linear: expected x with a last axis of dIn = ${dIn}, got shape [${x.shape}]`);
  }
  if (bias && String(bias.shape) !== String([dOut])) {
    throw new Error(`linear: expected a bias of shape [${dOut}], got shape [${bias.shape}]`);
  }
  const product: tf.Tensor = tf.matMul(tf.reshape(x, [-1, dIn]) as tf.Tensor2D, weight);
  return tf.reshape(bias ? tf.add(product, bias) : product, [...leading, dOut]);
}

/**
 * The rows of a table for integer tokens. A product with one-hot rows instead of a gather: the gradient of a gather
 * sums by atomic additions on a GPU, in an order that changes from run to run.
 * @param tokens int32 [batch, time]
 * @param table [vocabSize, dModel]
 * @returns [batch, time, dModel]
 */
export function embed(tokens: tf.Tensor2D, table: tf.Tensor2D): tf.Tensor3D {
  const [vocabSize, dModel] = table.shape;
  const [batchSize, time] = tokens.shape;
  const rows = tf.oneHot(tf.reshape(tokens, [-1]) as tf.Tensor1D, vocabSize, 1, 0, "float32") as tf.Tensor2D;
  return tf.reshape(tf.matMul(rows, table), [batchSize, time, dModel]);
}

/**
 * Layer normalisation over the last axis: g (x - μ) / √(σ² + ε) + b (Ba et al. 2016, arXiv 1607.06450).
 * @param x [..., dModel]
 * @throws when the last axis of x is not the size of the gain
 */
export function layerNorm(x: tf.Tensor, { gain, bias }: Norm, epsilon = 1e-5): tf.Tensor {
  if (x.shape.at(-1) !== gain.size) {
    throw new Error(
      `layerNorm: expected x with a last axis of dModel = ${gain.size}, got shape [${x.shape}]`,
    );
  }
  const normalise = tf.customGrad((...args) => {
    const [x, gain, bias, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, Save];
    save([x, gain]);
    const value = tf.add(tf.mul(standardised(x, epsilon).unit, gain), bias);
    return { value, gradFunc: (dy, saved) => layerNormGradient(dy, saved[0]!, saved[1]!, epsilon) };
  });
  return normalise(x, gain, bias);
}

/** (x - μ) / √(σ² + ε) over the last axis, and 1 / √(σ² + ε). */
function standardised(x: tf.Tensor, epsilon: number): { unit: tf.Tensor; rate: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const rate = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)); // [..., 1]
  return { unit: tf.mul(centred, rate), rate };
}

/**
 * The gradients of x, gain and bias. Written out because it takes half the operations of automatic differentiation,
 * and computed from x itself rather than from saved results, so that it can be differentiated again.
 */
function layerNormGradient(dy: tf.Tensor, x: tf.Tensor, gain: tf.Tensor, epsilon: number): tf.Tensor[] {
  const { unit, rate } = standardised(x, epsilon);
  const dUnit = tf.mul(dy, gain);
  const along = tf.mul(unit, tf.mean(tf.mul(dUnit, unit), -1, true));
  const dx = tf.mul(tf.sub(tf.sub(dUnit, tf.mean(dUnit, -1, true)), along), rate);
  const leading = x.shape.slice(0, -1).map((_, axis) => axis);
  return [dx, tf.sum(tf.mul(dy, unit), leading), tf.sum(dy, leading)];
}

/**
 * Root-mean-square normalisation over the last axis: g x / √(mean(x²) + ε) (Zhang & Sennrich 2019, arXiv 1910.07467).
 * @param x [..., dModel]
 * @param gain [dModel]
 * @throws when the last axis of x is not the size of the gain
 */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor1D, epsilon = 1e-5): tf.Tensor {
  if (x.shape.at(-1) !== gain.size) {
    throw new Error(`rmsNorm: expected x with a last axis of dModel = ${gain.size}, got shape [${x.shape}]`);
  }
  const rate = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)); // [..., 1]
  return tf.mul(tf.mul(x, rate), gain);
}

/**
 * GELU x Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016, arXiv 1606.08415). Its gradient,
 * Φ(x) + x φ(x) with the normal density φ, is written out to take fewer operations.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, Save];
    save([x]);
    return { value: tf.mul(x, normalDistribution(x)), gradFunc: (dy, saved) => tf.mul(dy, slope(saved[0]!)) };
  });
  return apply(x);
}

/** Φ(x) = (1 + erf(x / √2)) / 2. */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** d/dx x Φ(x). */
function slope(x: tf.Tensor): tf.Tensor {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return tf.add(normalDistribution(x), tf.mul(x, density));
}
