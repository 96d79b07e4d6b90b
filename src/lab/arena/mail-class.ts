import * as tf from "@tensorflow/tfjs-core";
import type { Changed } from "#lab/arena/contender";
import { numHeads } from "#lab/arena/ring";
import { causalMask } from "#lab/attention";
import type { Mail } from "#lab/dataset/mail";
import { encode } from "#lab/dataset/text";
import { embed, layerNorm, linear } from "#lab/layer";
import { prepend, throughBlocks } from "#lab/transformer";

/** What tells spam from ham, and all methods train. */
export type Head = { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [dModel, 2], [2]

/** Logits [batch, 2] of mails: the last normalised stream, averaged over the characters, through the head. */
export function mailLogits({ model, options }: Changed, head: Head, tokens: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, time] = tokens.shape;
  // What a step without gradients does not need is given back: the bytes that it holds are counted.
  return tf.tidy(() => {
    const positions = tf.slice(model.positions, [0, 0], [time, -1]);
    const embedded = tf.add(embed(tokens, model.tokens), positions) as tf.Tensor3D;
    const x = options?.prompt ? prepend(options.prompt, embedded) : embedded;
    const given = { numHeads, mask: causalMask(x.shape[1]) };
    const stream = throughBlocks(x, model.blocks, given, options).at(-1)!;
    // A prompt stands before the characters; they alone are averaged.
    const own = tf.slice(stream, [0, stream.shape[1]! - time, 0], [batchSize, time, -1]);
    return linear(tf.mean(layerNorm(own, model.norm), 1), head.weight, head.bias) as tf.Tensor2D;
  });
}

/** The first characters of mails, as tokens [mails, time], and what they are [mails]: 1 for spam. */
export function mailBatch(
  mails: readonly Mail[],
  time: number,
): { tokens: tf.Tensor2D; labels: tf.Tensor1D } {
  const rows = mails.map(({ text }) => Array.from(encode(text).subarray(0, time)));
  return {
    tokens: tf.tensor2d(rows, [mails.length, time], "int32"),
    labels: tf.tensor1d(
      mails.map(({ label }) => label),
      "int32",
    ),
  };
}
