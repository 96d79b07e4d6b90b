import * as tf from "@tensorflow/tfjs-core";

/**
 * Peak signal-to-noise ratio of images against the true ones, in dB: 10 log₁₀(peak² / MSE), with the mean square error
 * over all pixels of all images. The mean of the images' own ratios is another, larger number.
 * @param images of any shape
 * @param truth of the same shape
 * @param peak the largest value that a pixel can have
 * @returns a scalar; infinite where the images are equal
 * @throws when the shapes differ
 */
export function psnr(images: tf.Tensor, truth: tf.Tensor, peak = 1): tf.Scalar {
  if (String(images.shape) !== String(truth.shape))
    throw new Error(`psnr: expected two tensors of one shape, got [${images.shape}] and [${truth.shape}]`);
  return tf.tidy(() => {
    const error = tf.mean(tf.square(tf.sub(images, truth)));
    return tf.mul(tf.log(tf.div(error, peak ** 2)), -10 / Math.LN10) as tf.Scalar;
  });
}
