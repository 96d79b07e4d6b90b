import * as tf from "@tensorflow/tfjs-core";
import { type Attention, causalMask, initAttention, selfAttention } from "#lab/attention";
import { embed, gelu, initLinear, initNorm, layerNorm, linear, type Norm } from "#lab/layer";
import type { Random } from "#lab/random";

/** The sizes of a language model. */
export interface Shape {
  vocabSize: number;
  /** The longest sequence, in tokens. */
  time: number;
  dModel: number;
  numHeads: number;
  numLayers: number;
  /** Width of the feed-forward layer's hidden part; 4 dModel if left out. */
  dFf?: number;
}

/** Two linear maps with GELU between them. */
export type FeedForward = {
  hidden: tf.Tensor2D; // [dModel, dFf]
  output: tf.Tensor2D; // [dFf, dModel]
};

/** The parameters of one transformer block: two sub-layers, and the normalisation of each. */
export type Block = { norm1: Norm; attention: Attention; norm2: Norm; feedForward: FeedForward };

/** The parameters of a language model. */
export type LanguageModel = {
  tokens: tf.Tensor2D; // [vocabSize, dModel]
  positions: tf.Tensor2D; // [time, dModel]
  blocks: Block[];
  norm: Norm;
  head: tf.Tensor2D; // [dModel, vocabSize]
};

/** The two sub-layers of a block, ready to be applied: what is left open is how a block joins them. */
export interface SubLayers {
  /** Multi-head attention of a normalised input: [batch, time, dModel] to the same shape. */
  attention: (h: tf.Tensor) => tf.Tensor;
  /** Feed-forward layer of a normalised input: [batch, time, dModel] to the same shape. */
  feedForward: (h: tf.Tensor) => tf.Tensor;
}

/** A block's function: the residual stream after block ℓ from the stream before it. `l` counts blocks from 1. */
export type BlockFunction = (x: tf.Tensor, block: Block, l: number, subLayers: SubLayers) => tf.Tensor;

/** What may be varied in a forward pass. */
export interface ForwardOptions {
  /** How a block joins its sub-layers to the stream; `preNormBlock` if left out. */
  block?: BlockFunction;
  /** The number of a block to leave out, from 1: the stream passes by it unchanged. */
  skip?: number;
}

/** A model with every weight from N(0, std²), embeddings included; gains 1 and biases 0. */
export function initLanguageModel(random: Random, shape: Shape, std: number): LanguageModel {
  const { vocabSize, time, dModel, numLayers, dFf = 4 * dModel } = shape;
  return {
    tokens: random.normal([vocabSize, dModel], std),
    positions: random.normal([time, dModel], std),
    blocks: Array.from({ length: numLayers }, () => ({
      norm1: initNorm(dModel),
      attention: initAttention(random, dModel, std),
      norm2: initNorm(dModel),
      feedForward: {
        hidden: initLinear(random, dModel, dFf, std),
        output: initLinear(random, dFf, dModel, std),
      },
    })),
    norm: initNorm(dModel),
    head: initLinear(random, dModel, vocabSize, std),
  };
}

/** The pre-norm block: x' = x + Attn(LN(x)), then x' + FFN(LN(x')) (Xiong et al. 2020, arXiv 2002.04745). */
export const preNormBlock: BlockFunction = (x, { norm1, norm2 }, _l, { attention, feedForward }) => {
  const middle = tf.add(x, attention(layerNorm(x, norm1)));
  return tf.add(middle, feedForward(layerNorm(middle, norm2)));
};

/** The feed-forward layer GELU(h W₁) W₂. */
export function feedForward(h: tf.Tensor, { hidden, output }: FeedForward): tf.Tensor {
  return linear(gelu(linear(h, hidden)), output);
}

/**
 * Logits for the token after each position, of a causal language model.
 * @param tokens int32 [batch, time]
 * @returns [batch, time, vocabSize]
 * @throws when the sequence is longer than the model's positions, or a block is skipped that does not exist
 */
export function forward(
  model: LanguageModel,
  tokens: tf.Tensor2D,
  numHeads: number,
  options: ForwardOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => trace(model, tokens, numHeads, options).logits);
}

/**
 * A forward pass with all that it passes through: the logits of `forward`, and the residual stream
 * [batch, time, dModel] before the first block and after each one, L + 1 tensors x₁ … x_{L+1}.
 * @throws as `forward` does
 */
export function trace(
  model: LanguageModel,
  tokens: tf.Tensor2D,
  numHeads: number,
  { block = preNormBlock, skip }: ForwardOptions = {},
): { logits: tf.Tensor3D; residuals: tf.Tensor[] } {
  const [, time] = tokens.shape;
  const [longest, dModel] = model.positions.shape;
  if (time > longest)
    throw new Error(`forward: expected at most ${longest} tokens, got shape [${tokens.shape}]`);
  if (skip !== undefined && !(skip >= 1 && skip <= model.blocks.length)) {
    throw new Error(`forward: expected to skip a block from 1 to ${model.blocks.length}, got ${skip}`);
  }
  return tf.tidy(() => {
    const mask = causalMask(time);
    let x: tf.Tensor = tf.add(embed(tokens, model.tokens), tf.slice(model.positions, [0, 0], [time, dModel]));
    const residuals = [x];
    model.blocks.forEach((parameters, index) => {
      if (index + 1 !== skip) {
        x = block(x, parameters, index + 1, {
          attention: (h) => selfAttention(h, parameters.attention, { numHeads, mask }),
          feedForward: (h) => feedForward(h, parameters.feedForward),
        });
      }
      residuals.push(x);
    });
    const logits = linear(layerNorm(x, model.norm), model.head) as tf.Tensor3D; // [batch, time, vocabSize]
    return { logits, residuals };
  });
}
