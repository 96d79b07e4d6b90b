import * as tf from "@tensorflow/tfjs-core";

/**
 * Mean cross-entropy in nats: -log softmax(logits)[target], averaged over all positions.
 * @param logits [..., vocabSize]
 * @param targets int32 [...], the index of the right class
 * @throws when the shapes do not match
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const classes = logits.shape.at(-1)!;
  if (String(logits.shape.slice(0, -1)) !== String(targets.shape)) {
    throw new Error(
      `crossEntropy: expected targets of shape [${logits.shape.slice(0, -1)}], got shape [${targets.shape}]`,
    );
  }
  const rows = tf.reshape(logits, [-1, classes]);
  const right = tf.oneHot(tf.reshape(targets, [-1]) as tf.Tensor1D, classes, 1, 0, "float32");
  return tf.neg(tf.mean(tf.sum(tf.mul(right, tf.logSoftmax(rows)), -1)));
}

/**
 * max |a - b|: how far two tensors of one shape are apart at most.
 * @throws when the shapes differ
 */
export function largestDifference(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (String(a.shape) !== String(b.shape)) {
    throw new Error(
      `largestDifference: expected two tensors of one shape, got [${a.shape}] and [${b.shape}]`,
    );
  }
  return tf.max(tf.abs(tf.sub(a, b)));
}

/** The number in a scalar, which is disposed of. */
export async function read(scalar: tf.Tensor): Promise<number> {
  const values = await scalar.data();
  scalar.dispose();
  if (values.length !== 1) throw new Error(`read: expected a scalar, got shape [${scalar.shape}]`);
  return values[0]!;
}
