import * as tf from "@tensorflow/tfjs-core";
import { initLinear, linear } from "#lab/layer";
import type { Random } from "#lab/random";

/** The four projections of multi-head attention, heads side by side in their columns. */
export type Attention = {
  query: tf.Tensor2D; // [dModel, dModel]
  key: tf.Tensor2D; // [dModel, dModel]
  value: tf.Tensor2D; // [dModel, dModel]
  output: tf.Tensor2D; // [dModel, dModel]
};

/** Four projections drawn from N(0, std²), without biases. */
export function initAttention(random: Random, dModel: number, std: number): Attention {
  return {
    query: initLinear(random, dModel, dModel, std),
    key: initLinear(random, dModel, dModel, std),
    value: initLinear(random, dModel, dModel, std),
    output: initLinear(random, dModel, dModel, std),
  };
}

/** 0 where position t may look at s (s ≤ t), -1e9 where it may not: added to the scores before the softmax. */
export function causalMask(time: number): tf.Tensor2D {
  const hidden = Float32Array.from({ length: time * time }, (_, index) =>
    index % time > Math.floor(index / time) ? -1e9 : 0,
  );
  return tf.tensor2d(hidden, [time, time]); // [time, time]
}

/**
 * softmax(Q Kᵀ / √dHead + mask) V (Vaswani et al. 2017, equation 1).
 * @param Q [batch, heads, time, dHead]
 * @param K [batch, heads, time, dHead]
 * @param V [batch, heads, time, dHead]
 * @param mask [time, time], see `causalMask`
 * @returns [batch, heads, time, dHead]
 * @throws when Q and K differ in dHead
 */
export function attend(Q: tf.Tensor4D, K: tf.Tensor4D, V: tf.Tensor4D, mask?: tf.Tensor2D): tf.Tensor4D {
  const dHead = Q.shape[3];
  if (K.shape[3] !== dHead)
    throw new Error(`attend: expected K with dHead = ${dHead}, got shape [${K.shape}]`);
  // Q is scaled rather than the scores: it has fewer elements, and the result is the same.
  const scores = tf.matMul(tf.mul(Q, 1 / Math.sqrt(dHead)), K, false, true); // [batch, heads, time, time]
  return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), V) as tf.Tensor4D;
}

/**
 * Multi-head self-attention of x: heads attend each on their own, and `output` mixes them.
 * @param x [batch, time, dModel]
 * @param mask [time, time]; none attends in both directions
 * @returns [batch, time, dModel]
 * @throws when dModel is not a multiple of numHeads
 */
export function selfAttention(
  x: tf.Tensor,
  { query, key, value, output }: Attention,
  { numHeads, mask }: { numHeads: number; mask?: tf.Tensor2D },
): tf.Tensor {
  const [batchSize, time, dModel] = x.shape as [number, number, number];
  if (dModel % numHeads !== 0) {
    throw new Error(
      `selfAttention: expected dModel = ${dModel} to be a multiple of numHeads, got ${numHeads}`,
    );
  }
  const split = (projected: tf.Tensor) =>
    tf.transpose(
      tf.reshape(projected, [batchSize, time, numHeads, dModel / numHeads]),
      [0, 2, 1, 3],
    ) as tf.Tensor4D;
  const heads = attend(split(linear(x, query)), split(linear(x, key)), split(linear(x, value)), mask);
  return linear(tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batchSize, time, dModel]), output);
}
