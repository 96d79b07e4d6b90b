import * as tf from "@tensorflow/tfjs-core";
import { paddingMask } from "#lab/attention";
import { embed, type Init, initBias, initLinear, initNorm, layerNorm, linear, type Norm } from "#lab/layer";
import type { Random } from "#lab/random";
import { type Block, type BlockOptions, initBlock, throughBlocks } from "#lab/transformer";

/** The sizes of a text tower. */
export interface TextShape {
  vocabSize: number;
  /** The longest text, in tokens. */
  time: number;
  dModel: number;
  numLayers: number;
  /** Width of the feed-forward layer's hidden part; 4 dModel if left out. */
  dFf?: number;
  /** Features that the tower projects to. */
  dJoint: number;
}

/** The parameters of a text tower: a bidirectional transformer, the mean of its tokens projected to the joint space. */
export type TextTower = {
  tokens: tf.Tensor2D; // [vocabSize, dModel]
  positions: tf.Tensor2D; // [time, dModel]
  blocks: Block[];
  norm: Norm;
  head: { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [dModel, dJoint], [dJoint]
};

/** Captions of a batch: a token per place, and where there is one. */
export interface Captions {
  tokens: tf.Tensor2D; // int32 [batch, time]
  /** 1 where a token is there, 0 where it only fills up its row. */
  present: tf.Tensor2D; // [batch, time]
}

/** A text tower whose linear maps are drawn as `initLinear` draws, its embeddings from N(0, 0.02²). */
export function initTextTower(random: Random, shape: TextShape, init: Init): TextTower {
  const { vocabSize, time, dModel, numLayers, dJoint } = shape;
  return {
    tokens: random.normal([vocabSize, dModel], 0.02),
    positions: random.normal([time, dModel], 0.02),
    blocks: Array.from({ length: numLayers }, () => initBlock(random, shape, init, true)),
    norm: initNorm(dModel),
    head: {
      weight: initLinear(random, dModel, dJoint, init),
      bias: initBias(random, dModel, dJoint, init),
    },
  };
}

/**
 * Features of captions in the joint space, of length 1: [batch, dJoint]. What fills up a row is neither attended to nor
 * counted in the mean.
 * @throws when a row is longer than the tower's positions, or tokens and `present` differ in shape
 */
export function encodeCaptions(
  tower: TextTower,
  { tokens, present }: Captions,
  numHeads: number,
  options: BlockOptions = {},
): tf.Tensor2D {
  const time = tokens.shape[1];
  const [longest, dModel] = tower.positions.shape;
  if (time > longest)
    throw new Error(`encodeCaptions: expected at most ${longest} tokens, got shape [${tokens.shape}]`);
  if (String(tokens.shape) !== String(present.shape)) {
    throw new Error(`encodeCaptions: expected present of shape [${tokens.shape}], got [${present.shape}]`);
  }
  return tf.tidy(() => {
    const positions = tf.slice(tower.positions, [0, 0], [time, dModel]);
    const x = tf.add(embed(tokens, tower.tokens), positions);
    const mask = paddingMask(present);
    const last = throughBlocks(x, tower.blocks, { numHeads, mask }, options).at(-1)!;
    const shares = tf.div(present, tf.sum(present, 1, true)); // [batch, time]
    const pooled = tf.sum(tf.mul(layerNorm(last, tower.norm), tf.expandDims(shares, 2)), 1); // [batch, dModel]
    return unit(linear(pooled, tower.head.weight, tower.head.bias) as tf.Tensor2D);
  });
}

/** x / |x| along the last axis: rows of length 1. */
export function unit(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-12)));
}
