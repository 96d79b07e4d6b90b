import * as tf from "@tensorflow/tfjs-core";
import type { Random } from "#lab/random";

/** How tokens are hidden from a masked language model. */
export interface Masking {
  /** The token that stands for a hidden one. */
  mask: number;
  /** Random replacements are drawn from the tokens 0 to vocabSize - 1, the mask left out. */
  vocabSize: number;
  /** The share of positions that the model is asked for; 0.15 if left out. */
  rate?: number;
  /** The shares of these positions that show the mask, 0.8, and a random token, 0.1; the others are left as they are. */
  masked?: number;
  replaced?: number;
}

/** What a masked language model reads, and what it is asked. */
export interface MaskedBatch {
  inputs: tf.Tensor2D; // int32 [batch, time]
  targets: tf.Tensor2D; // int32 [batch, time]
  /** 1 where the model is asked, 0 elsewhere: the third argument of `crossEntropy`. */
  counts: tf.Tensor2D; // [batch, time]
}

/**
 * Sequences with hidden tokens: in each one `rate` of the positions, rounded, but at least one, are chosen at random;
 * of these 80 % show the mask, 10 % a random token and 10 % the right one (Devlin et al., "BERT", arXiv 1810.04805,
 * section 3.1). The same generator state hides the same tokens.
 * @param sequences all of one length, `time`
 * @throws when there are none, they differ in length, or the shares are none
 */
export function maskTokens(
  sequences: readonly Int32Array[],
  random: Random,
  { mask, vocabSize, rate = 0.15, masked = 0.8, replaced = 0.1 }: Masking,
): MaskedBatch {
  const time = sequences[0]?.length ?? 0;
  if (time === 0 || sequences.some(({ length }) => length !== time)) {
    const lengths = sequences.map(({ length }) => length);
    throw new Error(`maskTokens: expected sequences of one length, 1 or more, got [${lengths}]`);
  }
  if (!(rate > 0 && rate <= 1 && masked >= 0 && replaced >= 0 && masked + replaced <= 1)) {
    const got = `rate ${rate}, masked ${masked}, replaced ${replaced}`;
    throw new Error(`maskTokens: expected a rate in (0, 1] and shares that add up to 1 at most, got ${got}`);
  }
  const asked = Math.max(1, Math.round(rate * time));
  const shape: [number, number] = [sequences.length, time];
  const targets = Int32Array.from(sequences.flatMap((sequence) => Array.from(sequence)));
  const inputs = targets.slice();
  const counts = new Float32Array(targets.length);
  for (let row = 0; row < sequences.length; row++) {
    for (const t of random.permutation(time).subarray(0, asked)) {
      const at = row * time + t;
      counts[at] = 1;
      const draw = random.next();
      if (draw < masked) inputs[at] = mask;
      else if (draw < masked + replaced) inputs[at] = otherThan(mask, vocabSize, random);
    }
  }
  return {
    inputs: tf.tensor2d(inputs, shape, "int32"),
    targets: tf.tensor2d(targets, shape, "int32"),
    counts: tf.tensor2d(counts, shape),
  };
}

/** A random token that is not the mask. */
function otherThan(mask: number, vocabSize: number, random: Random): number {
  const inside = mask >= 0 && mask < vocabSize;
  const token = random.integer(inside ? vocabSize - 1 : vocabSize);
  return inside && token >= mask ? token + 1 : token;
}
