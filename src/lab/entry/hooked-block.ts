import * as tf from "@tensorflow/tfjs-core";
import { numHeads } from "#lab/arena/ring";
import { type AttentionOptions, causalMask, selfAttention } from "#lab/attention";
import { gelu, layerNorm, linear } from "#lab/layer";
import type { Random } from "#lab/random";
import type { ForwardOptions, LanguageModel } from "#lab/transformer";

/** What a method does within a block. */
export interface Hooks {
  /** To attention, from its normalised input h [batch, time, dModel]. */
  attention?: (h: tf.Tensor) => Partial<AttentionOptions>;
  /** To the feed-forward layer's hidden features [batch, time, dFf]. */
  hidden?: (features: tf.Tensor) => tf.Tensor;
  /** To what a sub-layer computed, before it is added to the stream [batch, time, dModel]. */
  after?: (y: tf.Tensor, part: "attention" | "feedForward") => tf.Tensor;
}

/** The pre-norm block of a causal model with biases, with the hooks of block l, counted from 0. */
export function hooked(of: (l: number) => Hooks): ForwardOptions {
  return {
    block: (x, { norm1, attention: mix, norm2, feedForward: { hidden: W1, output: W2, biases } }, l) => {
      const { attention, hidden = tf.clone, after = tf.clone } = of(l - 1);
      const h = layerNorm(x, norm1);
      const options = { numHeads, mask: causalMask(x.shape[1]!), ...attention?.(h) };
      const middle = tf.add(x, after(selfAttention(h, mix, options), "attention"));
      const features = hidden(gelu(linear(layerNorm(middle, norm2), W1, biases?.hidden)));
      return tf.add(middle, after(linear(features, W2, biases?.output), "feedForward"));
    },
  };
}

/** [batch, time, dModel] as heads [batch, heads, time, dHead]. */
export function split(x: tf.Tensor): tf.Tensor4D {
  const apart = tf.reshape(x, [x.shape[0], x.shape[1]!, numHeads, -1]);
  return tf.transpose(apart, [0, 2, 1, 3]) as tf.Tensor4D;
}

/** Two factors of a change that is zero at first. */
export type Factors = { A: tf.Tensor2D; B: tf.Tensor2D }; // [dModel, r], [r, dModel]

/** A from N(0, 1/dModel) and B = 0, so that x A B = 0. */
export function initFactors({ positions }: LanguageModel, draw: Random, r: number): Factors {
  const dModel = positions.shape[1];
  return { A: draw.normal([dModel, r], dModel ** -0.5), B: tf.zeros([r, dModel]) };
}
