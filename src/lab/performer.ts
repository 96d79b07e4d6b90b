import * as tf from "@tensorflow/tfjs-core";
import { randomOrthogonal, toTensor } from "#lab/linear-algebra";
import type { Random } from "#lab/random";

/**
 * Performer's random directions Ω [m, d]: rows orthogonal within blocks of d, each as long as a row of N(0, 1) is
 * (Choromanski et al., "Rethinking Attention with Performers", arXiv 2009.14794, section 2.4).
 */
export async function orthogonalRows(random: Random, m: number, d: number): Promise<tf.Tensor2D> {
  const blocks: tf.Tensor2D[] = [];
  for (let row = 0; row < m; row += d) blocks.push(toTensor(await randomOrthogonal(random, d)));
  const omega = tf.tidy((): tf.Tensor2D => {
    const lengths = tf.norm(random.normal([m, d]), 2, 1, true);
    return tf.mul(tf.slice(tf.concat(blocks), [0, 0], [m, d]), lengths);
  });
  tf.dispose(blocks);
  return omega;
}

/**
 * Ω x - ‖x‖² / 2 of x / d^¼ [..., m]: the mean over Ω of exp of the exponents of q and of k, added, is exp(q·k / √d)
 * (Lemma 1 there).
 * @param x [..., d]
 * @param omega [m, d]
 */
export function performerExponent(x: tf.Tensor, omega: tf.Tensor2D): tf.Tensor {
  const scaled = tf.mul(x, omega.shape[1] ** -0.25);
  const halfSquare = tf.div(tf.sum(tf.square(scaled), -1, true), 2);
  return tf.sub(tf.matMul(scaled, omega, false, true), halfSquare);
}

/**
 * Performer's positive features √m φ(x) [..., m], divided by the largest over `axes`, a factor that cancels where
 * attention is normalised: over the features for queries, over features and time for keys. 1e-4 is added, as in the
 * released code.
 */
export function performerFeatures(x: tf.Tensor, omega: tf.Tensor2D, axes: number[]): tf.Tensor {
  const exponent = performerExponent(x, omega);
  return tf.add(tf.exp(tf.sub(exponent, tf.max(exponent, axes, true))), 1e-4);
}
