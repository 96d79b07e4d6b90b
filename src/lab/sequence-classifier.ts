import * as tf from "@tensorflow/tfjs-core";
import { embed, initLinear, initNorm, layerNorm, linear, type Norm } from "#lab/layer";
import type { Random } from "#lab/random";
import { type Block, type BlockOptions, initBlock, throughBlocks } from "#lab/transformer";

/** The sizes of a classifier of sequences. */
export interface SequenceShape {
  vocabSize: number;
  /** Tokens to a sequence: all are as long. */
  time: number;
  dModel: number;
  dFf: number;
  numLayers: number;
  classes: number;
}

/** An encoder of sequences, and a linear map from the stream at the first token to the classes. */
export type SequenceClassifier = {
  tokens: tf.Tensor2D; // [vocabSize, dModel]
  positions: tf.Tensor2D; // [time, dModel]
  blocks: Block[];
  norm: Norm;
  head: tf.Tensor2D; // [dModel, classes]
};

/** A classifier with embeddings from N(0, 0.5²), and linear maps and biases as PyTorch draws them. */
export function initSequenceClassifier(random: Random, shape: SequenceShape): SequenceClassifier {
  const { vocabSize, time, dModel, dFf, numLayers, classes } = shape;
  return {
    tokens: random.normal([vocabSize, dModel], 0.5),
    positions: random.normal([time, dModel], 0.5),
    blocks: Array.from({ length: numLayers }, () =>
      initBlock(random, { dModel, dFf }, "uniform fan-in", true),
    ),
    norm: initNorm(dModel),
    head: initLinear(random, dModel, classes, "uniform fan-in"),
  };
}

/**
 * What the first block reads: tokens and positions embedded [batch, time, dModel].
 * @param tokens int32 [batch, time]
 */
export function embedSequences(
  { tokens: table, positions }: SequenceClassifier,
  tokens: tf.Tensor2D,
): tf.Tensor {
  return tf.add(embed(tokens, table), positions);
}

/**
 * Logits [batch, classes]. Read at the first token, what it knows of the others came through attention; the mean over
 * tokens needs none for that.
 * @param x embedded sequences [batch, time, dModel]
 */
export function classifySequences(
  { blocks, norm, head }: SequenceClassifier,
  x: tf.Tensor,
  numHeads: number,
  { readAt = "first", ...options }: BlockOptions & { readAt?: "first" | "mean" } = {},
): tf.Tensor2D {
  const last = throughBlocks(x, blocks, { numHeads }, options).at(-1)!;
  const first = () => tf.reshape(tf.slice(last, [0, 0, 0], [-1, 1, -1]), [-1, last.shape[2]!]);
  const read = readAt === "first" ? first() : tf.mean(last, 1);
  return linear(layerNorm(read, norm), head) as tf.Tensor2D;
}
