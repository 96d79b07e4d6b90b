import * as tf from "@tensorflow/tfjs-core";
import type { MaskedPieces } from "#lab/dataset/masked-pieces";
import { forward, type LanguageModel } from "#lab/transformer";

/**
 * A text of tokens in which every `every`-th one was hidden from a masked language model: in brackets what it
 * names there, and what is right where that is something else.
 */
export async function filledIn(
  model: LanguageModel,
  tokens: Int32Array,
  { pieces, mask }: MaskedPieces,
  { numHeads, every = 8 }: { numHeads: number; every?: number },
): Promise<string> {
  const hidden = (at: number) => at % every === every - 1;
  const named = tf.tidy(() => {
    const inputs = tf.tensor2d(
      tokens.map((token, at) => (hidden(at) ? mask : token)),
      [1, tokens.length],
      "int32",
    );
    return tf.argMax(forward(model, inputs, numHeads, { bidirectional: true }), -1);
  });
  const guesses = await named.data();
  named.dispose();
  return Array.from(tokens, (token, at) => {
    if (!hidden(at)) return pieces[token]!;
    const guess = pieces[guesses[at]!]!;
    return guesses[at] === token ? `[${guess}]` : `[${guess} → ${pieces[token]!}]`;
  })
    .join("")
    .replaceAll("\n", " ");
}
