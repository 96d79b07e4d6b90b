import * as tf from "@tensorflow/tfjs-core";
import { maskTokens, type Masking } from "#lab/masking";
import { crossEntropy, read } from "#lab/metric";
import { random } from "#lab/random";
import { forward, type LanguageModel } from "#lab/transformer";

/** How a masked language model does on hidden tokens. */
export interface MaskedScore {
  /** Mean nats per hidden token. */
  loss: number;
  /** The share of hidden tokens that it names, from 0 to 1. */
  accuracy: number;
}

/** A text in pieces of `time` tokens, one after the other; what is left at the end falls away. */
export function windowsOf(tokens: Int32Array, time: number): Int32Array[] {
  return Array.from({ length: Math.floor(tokens.length / time) }, (_, at) =>
    tokens.subarray(at * time, (at + 1) * time),
  );
}

/**
 * The score of a masked language model over a text's windows, hidden anew in each of `rounds`; the tokens that it is
 * asked for are the same for every model.
 */
export async function maskedScore(
  model: LanguageModel,
  windows: readonly Int32Array[],
  masking: Masking,
  { numHeads, rounds = 4 }: { numHeads: number; rounds?: number },
): Promise<MaskedScore> {
  let [loss, right, asked] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    const draw = random(round);
    for (let first = 0; first < windows.length; first += 16) {
      const { inputs, targets, counts } = maskTokens(windows.slice(first, first + 16), draw, masking);
      const [mean, named, count] = tf.tidy(() => {
        const logits = forward(model, inputs, numHeads, { bidirectional: true });
        const hits = tf.cast(tf.equal(tf.argMax(logits, -1), targets), "float32");
        return [crossEntropy(logits, targets, counts), tf.sum(tf.mul(hits, counts)), tf.sum(counts)];
      });
      tf.dispose([inputs, targets, counts]);
      const size = await read(count!);
      loss += size * (await read(mean!));
      right += await read(named!);
      asked += size;
    }
  }
  return { loss: loss / asked, accuracy: right / asked };
}
