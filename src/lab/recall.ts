import * as tf from "@tensorflow/tfjs-core";
import type { RecallBatch } from "#lab/dataset/recall";
import type { TextBatch } from "#lab/dataset/text";
import { accuracy, crossEntropy } from "#lab/metric";

/** Sequences of recall as a language model reads them: after the last token comes the answer. */
export function recallTargets({ tokens, answers, time }: RecallBatch): TextBatch {
  const targets = Int32Array.from(tokens, (_, at) =>
    (at + 1) % time === 0 ? answers[(at + 1) / time - 1]! : tokens[at + 1]!,
  );
  const shape: [number, number] = [answers.length, time];
  return { inputs: tf.tensor2d(tokens, shape, "int32"), targets: tf.tensor2d(targets, shape, "int32") };
}

/** How `streamLoss` counts. */
export interface Stretch {
  /** The first position whose next token counts. */
  from?: number;
}

/**
 * Mean nats of the stream's next tokens: the cross-entropy over positions `from` to time - 3, which leaves out the last
 * token (in the pass-key stream always the question mark) and the answer.
 * @param logits [batch, time, vocabSize]
 * @param targets int32 [batch, time], see `recallTargets`
 * @throws when no position is left
 */
export function streamLoss(logits: tf.Tensor3D, targets: tf.Tensor2D, { from = 0 }: Stretch = {}): tf.Scalar {
  const time = targets.shape[1];
  if (!(Number.isInteger(from) && from >= 0 && from < time - 2))
    throw new Error(`streamLoss: expected from to be a position before ${time - 2}, got ${from}`);
  const length = time - 2 - from;
  return crossEntropy(
    tf.slice(logits, [0, from, 0], [-1, length, -1]),
    tf.slice(targets, [0, from], [-1, length]),
  );
}

/**
 * Mean nats of the answers: the cross-entropy at the last position.
 * @param logits [batch, time, vocabSize]
 * @param targets int32 [batch, time], see `recallTargets`
 */
export function answerLoss(logits: tf.Tensor3D, targets: tf.Tensor2D): tf.Scalar {
  return crossEntropy(lastOf(logits), lastOf(targets));
}

/**
 * The share of sequences whose largest logit at the last position is that of the answer, from 0 to 1.
 * @param logits [batch, time, vocabSize]
 * @param targets int32 [batch, time], see `recallTargets`
 */
export function recallRate(logits: tf.Tensor3D, targets: tf.Tensor2D): tf.Scalar {
  return accuracy(lastOf(logits), lastOf(targets));
}

/** The last position of each sequence. */
function lastOf(sequences: tf.Tensor): tf.Tensor {
  const [, time, ...rest] = sequences.shape as [number, number, ...number[]];
  return tf.slice(sequences, [0, time - 1, ...rest.map(() => 0)], [-1, 1, ...rest]);
}
