import * as tf from "@tensorflow/tfjs-core";
import { causalMask, paddingMask } from "#lab/attention";
import { embed, type Init, initBias, initLinear, layerNorm, linear } from "#lab/layer";
import type { PaddedBatch } from "#lab/padding";
import type { Random } from "#lab/random";
import { type BlockOptions, type LanguageModel, throughBlocks } from "#lab/transformer";

/** A language model without the head that names tokens. */
export type Encoder = Omit<LanguageModel, "head">;

/** A language model's body, and a linear map from the features of a text to its class. */
export type TextClassifier = {
  encoder: Encoder;
  head: { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [dModel, classes], [classes]
};

/** What may be varied in the features of a text. */
export interface TextOptions extends BlockOptions {
  /** Lets a position see only those before it, as the model does that was trained so. */
  causal?: boolean;
}

/** A classifier on a language model's body, whose tensors it shares; its head is drawn as `initLinear` draws. */
export function initTextClassifier(
  random: Random,
  { head: _tokens, ...encoder }: LanguageModel,
  classes: number,
  init: Init,
): TextClassifier {
  const dModel = encoder.positions.shape[1];
  const weight = initLinear(random, dModel, classes, init);
  return { encoder, head: { weight, bias: initBias(random, dModel, classes, init) } };
}

/**
 * The mean over the tokens that are there: Σ p x / Σ p.
 * @param x [batch, time, dModel]
 * @param present [batch, time], 1 or 0
 * @returns [batch, dModel]
 * @throws when x and present differ in batch or time
 */
export function meanPool(x: tf.Tensor, present: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, time] = present.shape;
  if (String(x.shape.slice(0, 2)) !== String([batchSize, time]))
    throw new Error(`meanPool: expected x of shape [${batchSize},${time},dModel], got shape [${x.shape}]`);
  const sum = tf.sum(tf.mul(x, tf.reshape(present, [batchSize, time, 1])), 1);
  return tf.div(sum, tf.sum(present, 1, true));
}

/**
 * The features of texts: the last normalised stream, averaged over each text's own tokens.
 * @returns [batch, dModel]
 * @throws when the texts are longer than the model's positions, or a block is skipped that does not exist
 */
export function textFeatures(
  { tokens: table, positions, blocks, norm }: Encoder,
  { tokens, present }: PaddedBatch,
  numHeads: number,
  { causal = false, ...options }: TextOptions = {},
): tf.Tensor2D {
  const time = tokens.shape[1];
  const [longest, dModel] = positions.shape;
  if (time > longest)
    throw new Error(`textFeatures: expected at most ${longest} tokens, got shape [${tokens.shape}]`);
  return tf.tidy(() => {
    const x = tf.add(embed(tokens, table), tf.slice(positions, [0, 0], [time, dModel]));
    const padding = paddingMask(present); // [batch, 1, 1, time]
    const mask = causal ? tf.add(padding, causalMask(time)) : padding;
    const last = throughBlocks(x, blocks, { numHeads, mask }, options).at(-1)!;
    return meanPool(layerNorm(last, norm), present);
  });
}

/**
 * Logits [batch, classes] of texts.
 * @throws as `textFeatures` does
 */
export function classifyText(
  { encoder, head }: TextClassifier,
  batch: PaddedBatch,
  numHeads: number,
  options: TextOptions = {},
): tf.Tensor2D {
  return tf.tidy(
    () => linear(textFeatures(encoder, batch, numHeads, options), head.weight, head.bias) as tf.Tensor2D,
  );
}
