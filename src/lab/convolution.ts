import * as tf from "@tensorflow/tfjs-core";
import type { Init } from "#lab/layer";
import type { Random } from "#lab/random";

/** The filters of a convolution, and a number to add per output channel. */
export type Convolution = {
  weight: tf.Tensor4D; // [height, width, dIn, dOut]; depthwise: [height, width, dIn, multiplier]
  bias?: tf.Tensor1D; // [dOut]; depthwise: [dIn * multiplier]
};

/** How a window moves over an image. */
export interface WindowOptions {
  /** Pixels from one window to the next. */
  stride?: number;
  /** "same" fills the border with zeros, so that stride 1 keeps the size; "valid" takes whole windows alone. */
  padding?: "same" | "valid";
}

/**
 * Square filters with a bias, drawn from N(0, std²) (biases 0) or U(±1/√(size² dIn)), PyTorch's default.
 */
export function initConvolution(
  random: Random,
  size: number,
  dIn: number,
  dOut: number,
  init: Init,
): Convolution {
  return drawn(random, [size, size, dIn, dOut], dOut, size * size * dIn, init);
}

/** One square filter per channel, with a bias, drawn as `initConvolution` does; the fan-in is size². */
export function initDepthwise(random: Random, size: number, channels: number, init: Init): Convolution {
  return drawn(random, [size, size, channels, 1], channels, size * size, init);
}

/**
 * y[i, j, o] = b[o] + Σ x[i s + p, j s + q, c] W[p, q, c, o]: a convolution as deep learning has it, which does not
 * turn its filters round.
 * @param x [batch, height, width, dIn]
 * @returns [batch, height', width', dOut]
 * @throws when x is no batch of images with dIn channels
 */
export function conv2d(
  x: tf.Tensor,
  { weight, bias }: Convolution,
  options: WindowOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = "same" } = options;
  checkImages("conv2d", x, weight.shape[2]);
  return plus(bias, tf.conv2d(x as tf.Tensor4D, weight, stride, padding));
}

/**
 * A convolution of each channel on its own: y[i, j, c m + k] = b + Σ x[i s + p, j s + q, c] W[p, q, c, k] with
 * m filters per channel.
 * @param x [batch, height, width, dIn]
 * @returns [batch, height', width', dIn m]
 * @throws when x is no batch of images with dIn channels
 */
export function depthwiseConv2d(
  x: tf.Tensor,
  { weight, bias }: Convolution,
  { stride = 1, padding = "same" }: WindowOptions = {},
): tf.Tensor4D {
  checkImages("depthwiseConv2d", x, weight.shape[2]);
  return plus(bias, tf.depthwiseConv2d(x as tf.Tensor4D, weight, stride, padding));
}

/**
 * The largest number of each window, channel by channel.
 * @param x [batch, height, width, channels]
 * @param size side of the window, in pixels; windows lie side by side unless a stride is given
 */
export function maxPool(x: tf.Tensor, size: number, options: WindowOptions = {}): tf.Tensor4D {
  const { stride = size, padding = "valid" } = options;
  checkImages("maxPool", x);
  return tf.maxPool(x as tf.Tensor4D, size, stride, padding);
}

/**
 * The mean of each window, channel by channel; places outside the image do not count.
 * @param x [batch, height, width, channels]
 * @param size side of the window, in pixels; windows lie side by side unless a stride is given
 */
export function avgPool(x: tf.Tensor, size: number, options: WindowOptions = {}): tf.Tensor4D {
  const { stride = size, padding = "valid" } = options;
  checkImages("avgPool", x);
  const mean = (of: tf.Tensor) => tf.avgPool(of as tf.Tensor4D, size, stride, "valid");
  if (padding === "valid") return mean(x);
  // TensorFlow.js leaves places outside the image out of the mean but not out of its gradient, so that a padded pool
  // must not be left to it: a mean with zeros there, for the share of places inside.
  const [, height, width] = x.shape as [number, number, number, number];
  const border: [number, number][] = [
    [0, 0],
    around(height, size, stride),
    around(width, size, stride),
    [0, 0],
  ];
  return tf.div(mean(tf.pad(x, border)), mean(tf.pad(tf.ones([1, height, width, 1]), border)));
}

/** The zeros before and after a side that "same" padding adds, the odd one after. */
function around(side: number, size: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function drawn(
  random: Random,
  shape: [number, number, number, number],
  dOut: number,
  fanIn: number,
  init: Init,
): Convolution {
  if (init !== "uniform fan-in") return { weight: random.normal(shape, init), bias: tf.zeros([dOut]) };
  const bound = 1 / Math.sqrt(fanIn);
  return { weight: random.uniform(shape, -bound, bound), bias: random.uniform([dOut], -bound, bound) };
}

function plus(bias: tf.Tensor1D | undefined, y: tf.Tensor4D): tf.Tensor4D {
  return bias ? tf.add(y, bias) : y;
}

function checkImages(name: string, x: tf.Tensor, channels?: number): void {
  if (x.rank !== 4 || (channels !== undefined && x.shape[3] !== channels)) {
    const expected = `[batch, height, width, ${channels ?? "channels"}]`;
    throw new Error(`${name}: expected x of shape ${expected}, got shape [${x.shape}]`);
  }
}
