import * as tf from "@tensorflow/tfjs-core";

/** Sequences of different lengths in one tensor. */
export interface PaddedBatch {
  tokens: tf.Tensor2D; // int32 [batch, time]
  /** 1 where a token is there, 0 where it only fills up its sequence; see `paddingMask`. */
  present: tf.Tensor2D; // [batch, time]
}

/**
 * Sequences filled up to `time` tokens at their ends, longer ones cut to it.
 * @param filler the token that fills up
 * @throws when there are no sequences, or one has no token
 */
export function padded(sequences: readonly Int32Array[], time: number, filler = 0): PaddedBatch {
  if (sequences.length === 0 || sequences.some(({ length }) => length === 0)) {
    const lengths = sequences.map(({ length }) => length);
    throw new Error(`padded: expected sequences of at least one token, got lengths [${lengths}]`);
  }
  const shape: [number, number] = [sequences.length, time];
  const tokens = new Int32Array(sequences.length * time).fill(filler);
  const present = new Float32Array(sequences.length * time);
  sequences.forEach((sequence, row) => {
    const kept = sequence.subarray(0, time);
    tokens.set(kept, row * time);
    present.fill(1, row * time, row * time + kept.length);
  });
  return { tokens: tf.tensor2d(tokens, shape, "int32"), present: tf.tensor2d(present, shape) };
}
