import * as tf from "@tensorflow/tfjs-core";
import type { MaskedPieces } from "#lab/dataset/masked-pieces";
import { decode, type TextDataset } from "#lab/dataset/text";
import { type Masking, maskTokens } from "#lab/masking";
import { crossEntropy } from "#lab/metric";
import type { Random } from "#lab/random";
import { forward, type LanguageModel } from "#lab/transformer";

/** The training and held-out parts of a text, in pieces. */
export type PieceText = Pick<TextDataset, "train" | "heldOut">;

/** A text of characters in pieces. */
export function inPieces({ train, heldOut }: TextDataset, { encode }: MaskedPieces): PieceText {
  return { train: encode(decode(train)), heldOut: encode(decode(heldOut)) };
}

/** How many tokens of a text a step reads, and in windows how long. */
export interface Windows {
  tokens: number;
  time: number;
}

/**
 * The mean nats of the hidden tokens in windows from random places of a text. Windows shorter than the model's positions
 * stand at a random place of these, so that all are trained.
 */
export function maskedLoss(
  model: LanguageModel,
  text: Int32Array,
  random: Random,
  { tokens, time }: Windows,
  masking: Masking & { numHeads: number },
): tf.Scalar {
  const [longest, dModel] = model.positions.shape;
  const starts = random.integers(tokens / time, text.length - time + 1);
  const windows = Array.from(starts, (start) => text.subarray(start, start + time));
  const { inputs, targets, counts } = maskTokens(windows, random, masking);
  const positions = tf.slice(model.positions, [random.integer(longest - time + 1), 0], [time, dModel]);
  const logits = forward({ ...model, positions }, inputs, masking.numHeads, { bidirectional: true });
  return crossEntropy(logits, targets, counts);
}
