import * as tf from "@tensorflow/tfjs-core";
import type { Convolution } from "#lab/convolution";

/** Keeps tensors for the backward pass of a gradient written out by hand. */
type Save = (tensors: tf.Tensor[]) => void;

/**
 * The window around each pixel as a row, with zeros outside the image: X[b, i, j, (p size + q) dIn + c] =
 * x[b, i + p - m, j + q - m, c] with m = (size - 1) / 2. A convolution of x is the product of X and its filters.
 * @param x [batch, height, width, dIn]
 * @param size side of the window, in pixels; odd
 * @returns [batch, height, width, size² dIn]
 * @throws when the size is even
 */
export function unfold(x: tf.Tensor4D, size: number): tf.Tensor4D {
  if (size % 2 !== 1) throw new Error(`unfold: expected an odd size, got ${size}`);
  const margin = (size - 1) / 2;
  return tf.tidy(() => {
    const padded = tf.pad(x, [
      [0, 0],
      [margin, margin],
      [margin, margin],
      [0, 0],
    ]);
    const shifted = Array.from({ length: size ** 2 }, (_, k) =>
      tf.slice(padded, [0, Math.floor(k / size), k % size, 0], x.shape),
    );
    return tf.concat(shifted, 3);
  });
}

/**
 * The values of `conv2d` with stride 1 and the padding "same", with gradients that are made of a convolution and a
 * product: ∂L/∂x is dy convolved with the filters turned round and transposed, ∂L/∂W the product Xᵀ dy of the unfolded
 * images. On wasm, which lacks the kernel for ∂L/∂W, a training step is ten times faster so.
 * @param x [batch, height, width, dIn]
 * @param convolution filters of odd side
 * @returns [batch, height, width, dOut]
 * @throws when x is no batch of images with dIn channels, or the filters are not odd squares
 */
export function unfoldedConv2d(x: tf.Tensor4D, { weight, bias }: Convolution): tf.Tensor4D {
  const [size, across, dIn, dOut] = weight.shape;
  if (x.rank !== 4 || x.shape[3] !== dIn || size !== across || size % 2 !== 1) {
    throw new Error(
      `unfoldedConv2d: expected x of shape [batch, height, width, ${dIn}] and filters of an odd square, ` +
        `got shapes [${x.shape}] and [${weight.shape}]`,
    );
  }
  const convolve = tf.customGrad((...args) => {
    const [x, weight, save] = args as [tf.Tensor4D, tf.Tensor4D, Save];
    save([x, weight]);
    return {
      value: tf.conv2d(x, weight, 1, "same"),
      gradFunc: (dy, saved) => {
        const [x, weight] = saved as [tf.Tensor4D, tf.Tensor4D];
        const turned = tf.transpose(tf.reverse(weight, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
        const windows = tf.reshape(unfold(x, size), [-1, size ** 2 * dIn]) as tf.Tensor2D;
        const rows = tf.reshape(dy, [-1, dOut]) as tf.Tensor2D;
        return [
          tf.conv2d(dy as tf.Tensor4D, turned, 1, "same"),
          tf.reshape(tf.matMul(windows, rows, true), weight.shape),
        ];
      },
    };
  });
  const y = convolve(x, weight) as tf.Tensor4D;
  return bias ? tf.add(y, bias) : y;
}
