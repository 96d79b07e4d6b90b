import * as tf from "@tensorflow/tfjs-core";
import { type Init, initBias, initLinear, initNorm, layerNorm, linear, type Norm } from "#lab/layer";
import type { Random } from "#lab/random";
import { type Block, type BlockOptions, initBlock, prepend, throughBlocks } from "#lab/transformer";

/** The sizes of a vision transformer. */
export interface VisionShape {
  /** Side of the square image, in pixels. */
  imageSize: number;
  channels: number;
  /** Side of a square patch, in pixels; a divisor of the image's. */
  patchSize: number;
  dModel: number;
  numLayers: number;
  classes: number;
  /** Width of the feed-forward layer's hidden part; 4 dModel if left out. */
  dFf?: number;
  /** What an image's features are: those of an added class token, or the mean over its patches. */
  pooling: "class token" | "mean";
}

/** The parameters of a vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929). All linear maps have biases. */
export type VisionTransformer = {
  patch: { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [patchSize² channels, dModel], [dModel]
  /** Left out where patches are averaged. */
  classToken?: tf.Tensor2D; // [1, dModel]
  positions: tf.Tensor2D; // [tokens, dModel], the class token's first
  blocks: Block[];
  norm: Norm;
  head: { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [dModel, classes], [classes]
};

/** What may be varied in the forward pass of a vision transformer. */
export interface VisionOptions extends BlockOptions {
  /** Vectors to put between the class token and the patches [prompt, dModel] (Jia et al. 2022, arXiv 2203.12119). */
  prompt?: tf.Tensor2D;
}

/**
 * A vision transformer whose linear maps are drawn as `initLinear` draws, class token and positions from N(0, 0.02²).
 * @throws when the patches do not fill the image
 */
export function initVisionTransformer(random: Random, shape: VisionShape, init: Init): VisionTransformer {
  const { imageSize, patchSize, channels, dModel, numLayers, classes, pooling } = shape;
  if (imageSize % patchSize !== 0) {
    throw new Error(
      `initVisionTransformer: expected imageSize = ${imageSize} to be a multiple of patchSize, got ${patchSize}`,
    );
  }
  const dPatch = patchSize ** 2 * channels;
  const extra = pooling === "class token" ? 1 : 0;
  return {
    patch: {
      weight: initLinear(random, dPatch, dModel, init),
      bias: initBias(random, dPatch, dModel, init),
    },
    ...(extra && { classToken: random.normal([1, dModel], 0.02) }),
    positions: random.normal([(imageSize / patchSize) ** 2 + extra, dModel], 0.02),
    blocks: Array.from({ length: numLayers }, () => initBlock(random, shape, init, true)),
    norm: initNorm(dModel),
    head: {
      weight: initLinear(random, dModel, classes, init),
      bias: initBias(random, dModel, classes, init),
    },
  };
}

/**
 * The square patches of images as rows, from left to right and top to bottom; in a row its pixels in the same order,
 * each with its channels.
 * @param images [batch, height, width, channels]
 * @returns [batch, patches, patchSize² channels]
 * @throws when the patches do not fill the images
 */
export function patchify(images: tf.Tensor4D, patchSize: number): tf.Tensor3D {
  const [batchSize, height, width, channels] = images.shape;
  if (height % patchSize !== 0 || width % patchSize !== 0) {
    throw new Error(
      `patchify: expected height and width to be multiples of patchSize = ${patchSize}, got shape [${images.shape}]`,
    );
  }
  const [down, across] = [height / patchSize, width / patchSize];
  const bands = tf.reshape(images, [batchSize * down, patchSize, across, patchSize * channels]);
  return tf.reshape(tf.transpose(bands, [0, 2, 1, 3]), [batchSize, down * across, patchSize ** 2 * channels]);
}

/**
 * A forward pass with all that it passes through: logits [batch, classes]; the features [batch, dModel] that the head
 * reads; and the residual stream [batch, tokens, dModel] before the first block and after each one.
 * @param images [batch, height, width, channels]
 * @throws when the images have not the size that the model was made for, a prompt has not dModel features, or a block
 * is skipped that does not exist
 */
export function traceVision(
  model: VisionTransformer,
  images: tf.Tensor4D,
  { patchSize, numHeads }: { patchSize: number; numHeads: number },
  options: VisionOptions = {},
): { logits: tf.Tensor2D; features: tf.Tensor2D; residuals: tf.Tensor[] } {
  const { patch, classToken, positions } = model;
  const { prompt } = options;
  const [tokens, dModel] = positions.shape;
  const extra = classToken ? 1 : 0;
  if (prompt && prompt.shape[1] !== dModel)
    throw new Error(`traceVision: expected a prompt with dModel = ${dModel}, got shape [${prompt.shape}]`);
  return tf.tidy(() => {
    const patches = patchify(images, patchSize);
    if (patches.shape[1] + extra !== tokens)
      throw new Error(`traceVision: expected ${tokens - extra} patches, got ${patches.shape[1]}`);
    const embedded = tf.add(
      linear(patches, patch.weight, patch.bias),
      tf.slice(positions, [extra, 0]),
    ) as tf.Tensor3D;
    let x = prompt ? prepend(prompt, embedded) : embedded;
    if (classToken) x = prepend(tf.add(classToken, tf.slice(positions, [0, 0], [1, dModel])), x);
    const residuals = throughBlocks(x, model.blocks, { numHeads }, options);
    const last = layerNorm(residuals.at(-1)!, model.norm) as tf.Tensor3D;
    const features = classToken
      ? tf.reshape(tf.slice(last, [0, 0, 0], [-1, 1, -1]), [-1, dModel])
      : tf.mean(tf.slice(last, [0, prompt?.shape[0] ?? 0, 0]), 1);
    const logits = linear(features, model.head.weight, model.head.bias) as tf.Tensor2D; // [batch, classes]
    return { logits, features: features as tf.Tensor2D, residuals };
  });
}

/**
 * Logits [batch, classes] of images [batch, height, width, channels].
 * @throws as `traceVision` does
 */
export function classify(
  model: VisionTransformer,
  images: tf.Tensor4D,
  sizes: { patchSize: number; numHeads: number },
  options: VisionOptions = {},
): tf.Tensor2D {
  return tf.tidy(() => traceVision(model, images, sizes, options).logits);
}
