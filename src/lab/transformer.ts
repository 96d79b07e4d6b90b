import * as tf from "@tensorflow/tfjs-core";
import {
  type Attention,
  type AttentionOptions,
  causalMask,
  initAttention,
  selfAttention,
} from "#lab/attention";
import {
  embed,
  gelu,
  type Init,
  initBias,
  initLinear,
  initNorm,
  layerNorm,
  linear,
  type Norm,
} from "#lab/layer";
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
  /** [dFf] and [dModel]; left out in a model without biases. */
  biases?: { hidden: tf.Tensor1D; output: tf.Tensor1D };
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

/** What may be varied in the blocks of a forward pass. */
export interface BlockOptions {
  /** How a block joins its sub-layers to the stream; `preNormBlock` if left out. */
  block?: BlockFunction;
  /** The number of a block to leave out, from 1: the stream passes by it unchanged. */
  skip?: number;
  /** Kernel, hooks and mask of block l's attention, l from 1; the mask replaces the model's own. */
  attention?: (l: number) => Partial<AttentionOptions>;
}

/** What may be varied in the forward pass of a language model. */
export interface ForwardOptions extends BlockOptions {
  /** Lets every position see every other one, as a masked language model does. */
  bidirectional?: boolean;
  /** Vectors to put before the embedded tokens [prompt, dModel]; the logits leave their positions out. */
  prompt?: tf.Tensor2D;
  /** Tensors that a block or a hook puts in here outlive the pass of `trace`; `forward` frees them. */
  collect?: tf.Tensor[];
}

/** A model with every weight from N(0, std²), embeddings included; gains 1 and biases 0. */
export function initLanguageModel(random: Random, shape: Shape, std: number): LanguageModel {
  const { vocabSize, time, dModel, numLayers } = shape;
  return {
    tokens: random.normal([vocabSize, dModel], std),
    positions: random.normal([time, dModel], std),
    blocks: Array.from({ length: numLayers }, () => initBlock(random, shape, std)),
    norm: initNorm(dModel),
    head: initLinear(random, dModel, vocabSize, std),
  };
}

/** One block, its weights drawn as `initLinear` draws; its linear maps have biases where they are asked for. */
export function initBlock(
  random: Random,
  { dModel, dFf = 4 * dModel }: Pick<Shape, "dModel" | "dFf">,
  init: Init,
  biases = false,
): Block {
  const norm1 = initNorm(dModel);
  const attention = initAttention(random, dModel, init, biases);
  const feedForward: FeedForward = {
    hidden: initLinear(random, dModel, dFf, init),
    output: initLinear(random, dFf, dModel, init),
  };
  if (biases) {
    feedForward.biases = {
      hidden: initBias(random, dModel, dFf, init),
      output: initBias(random, dFf, dModel, init),
    };
  }
  return { norm1, attention, norm2: initNorm(dModel), feedForward };
}

/** The pre-norm block: x' = x + Attn(LN(x)), then x' + FFN(LN(x')) (Xiong et al. 2020, arXiv 2002.04745). */
export const preNormBlock: BlockFunction = (x, { norm1, norm2 }, _l, { attention, feedForward }) => {
  const middle = tf.add(x, attention(layerNorm(x, norm1)));
  return tf.add(middle, feedForward(layerNorm(middle, norm2)));
};

/** The post-norm block: x' = LN(x + Attn(x)), then LN(x' + FFN(x')) (Vaswani et al. 2017, section 3.1). */
export const postNormBlock: BlockFunction = (x, { norm1, norm2 }, _l, { attention, feedForward }) => {
  const middle = layerNorm(tf.add(x, attention(x)), norm1);
  return layerNorm(tf.add(middle, feedForward(middle)), norm2);
};

/** The feed-forward layer GELU(h W₁ + b₁) W₂ + b₂. */
export function feedForward(h: tf.Tensor, { hidden, output, biases }: FeedForward): tf.Tensor {
  return linear(gelu(linear(h, hidden, biases?.hidden)), output, biases?.output);
}

/**
 * The residual stream [batch, time, dModel] before the first block and after each one, L + 1 tensors x₁ … x_{L+1}.
 * @throws when a block is skipped that does not exist
 */
export function throughBlocks(
  start: tf.Tensor,
  blocks: readonly Block[],
  given: Pick<AttentionOptions, "numHeads" | "mask">,
  { block = preNormBlock, skip, attention }: BlockOptions = {},
): tf.Tensor[] {
  if (skip !== undefined && !(skip >= 1 && skip <= blocks.length)) {
    throw new Error(`forward: expected to skip a block from 1 to ${blocks.length}, got ${skip}`);
  }
  let x = start;
  const residuals = [x];
  blocks.forEach((parameters, index) => {
    const l = index + 1;
    if (l !== skip) {
      x = block(x, parameters, l, {
        attention: (h) => selfAttention(h, parameters.attention, { ...given, ...attention?.(l) }),
        feedForward: (h) => feedForward(h, parameters.feedForward),
      });
    }
    residuals.push(x);
  });
  return residuals;
}

/**
 * Logits for the token after each position, of a causal language model; for the token at each position, of a masked one
 * (`bidirectional`).
 * @param tokens int32 [batch, time]
 * @returns [batch, time, vocabSize]
 * @throws when the sequence is longer than the model's positions, a prompt has not dModel features, or a block is
 * skipped that does not exist
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
 * A forward pass with all that it passes through: the logits of `forward`, the residual stream of `throughBlocks`, with
 * the positions of a prompt before those of the tokens, and what was collected. The last normalisation comes after
 * post-norm blocks too.
 * @throws as `forward` does
 */
export function trace(
  model: LanguageModel,
  tokens: tf.Tensor2D,
  numHeads: number,
  options: ForwardOptions = {},
): { logits: tf.Tensor3D; residuals: tf.Tensor[]; collected: tf.Tensor[] } {
  const [batchSize, time] = tokens.shape;
  const [longest, dModel] = model.positions.shape;
  const { bidirectional, prompt } = options;
  if (time > longest)
    throw new Error(`forward: expected at most ${longest} tokens, got shape [${tokens.shape}]`);
  if (prompt && prompt.shape[1] !== dModel)
    throw new Error(`forward: expected a prompt with dModel = ${dModel}, got shape [${prompt.shape}]`);
  return tf.tidy(() => {
    const positions = tf.slice(model.positions, [0, 0], [time, dModel]);
    const embedded = tf.add(embed(tokens, model.tokens), positions) as tf.Tensor3D;
    const x = prompt ? prepend(prompt, embedded) : embedded;
    const mask = bidirectional ? undefined : causalMask(x.shape[1]);
    const residuals = throughBlocks(x, model.blocks, { numHeads, mask }, options);
    const last = residuals.at(-1)!;
    const own = prompt ? tf.slice(last, [0, prompt.shape[0], 0], [batchSize, time, dModel]) : last;
    const logits = linear(layerNorm(own, model.norm), model.head) as tf.Tensor3D; // [batch, time, vocabSize]
    return { logits, residuals, collected: options.collect ?? [] };
  });
}

/**
 * The vectors [prompt, dModel] before every sequence of a batch.
 * @param x [batch, time, dModel]
 * @returns [batch, prompt + time, dModel]
 */
export function prepend(prompt: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor3D {
  const [count, dModel] = prompt.shape;
  // Added to zeros rather than tiled: the gradient of a sum that broadcasts is right on every device.
  const repeated = tf.add(tf.zeros([x.shape[0], count, dModel]), prompt) as tf.Tensor3D;
  return tf.concat([repeated, x], 1);
}
