import * as tf from "@tensorflow/tfjs-core";

/**
 * Mean cross-entropy in nats: -log softmax(logits)[target], averaged over all positions, or over those that count.
 * @param logits [..., vocabSize]
 * @param targets int32 [...], the index of the right class
 * @param counts [...], how much a position counts: 1 where a masked language model is asked, 0 elsewhere
 * @throws when the shapes do not match
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, counts?: tf.Tensor): tf.Scalar {
  const classes = logits.shape.at(-1)!;
  if (String(logits.shape.slice(0, -1)) !== String(targets.shape)) {
    throw new Error(
      `crossEntropy: expected targets of shape [${logits.shape.slice(0, -1)}], got shape [${targets.shape}]`,
    );
  }
  const rows = tf.reshape(logits, [-1, classes]);
  const right = tf.oneHot(tf.reshape(targets, [-1]) as tf.Tensor1D, classes, 1, 0, "float32");
  const likelihoods = tf.sum(tf.mul(right, tf.logSoftmax(rows)), -1);
  if (!counts) return tf.neg(tf.mean(likelihoods));
  if (String(counts.shape) !== String(targets.shape))
    throw new Error(`crossEntropy: expected counts of shape [${targets.shape}], got shape [${counts.shape}]`);
  const flat = tf.reshape(counts, [-1]);
  return tf.neg(tf.div(tf.sum(tf.mul(likelihoods, flat)), tf.sum(flat)));
}

/**
 * The share of positions whose largest logit is that of the right class, from 0 to 1.
 * @param logits [..., classes]
 * @param targets int32 [...]
 * @throws when the shapes do not match
 */
export function accuracy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  if (String(logits.shape.slice(0, -1)) !== String(targets.shape)) {
    throw new Error(
      `accuracy: expected targets of shape [${logits.shape.slice(0, -1)}], got shape [${targets.shape}]`,
    );
  }
  return tf.mean(tf.cast(tf.equal(tf.argMax(logits, -1), targets), "float32"));
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
