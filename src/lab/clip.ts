import * as tf from "@tensorflow/tfjs-core";
import type { Init } from "#lab/layer";
import { crossEntropy } from "#lab/metric";
import type { Random } from "#lab/random";
import { initTextTower, type TextShape, type TextTower, unit } from "#lab/text-tower";
import {
  classify,
  initVisionTransformer,
  type VisionOptions,
  type VisionShape,
  type VisionTransformer,
} from "#lab/vit";

/** The sizes of a model of images and captions. */
export interface ClipShape {
  /** Features of the joint space that both towers project to. */
  dJoint: number;
  image: Omit<VisionShape, "classes">;
  text: Omit<TextShape, "dJoint">;
}

/**
 * The parameters of a model of images and captions (CLIP: Radford et al. 2021, arXiv 2103.00020). Each tower can be used
 * without the other one; the head of the image tower projects to the joint space instead of to classes.
 */
export type Clip = {
  image: VisionTransformer;
  text: TextTower;
  /** ln τ: the logarithm of what cosines are multiplied by. */
  logScale: tf.Scalar;
};

/** The largest τ, as in CLIP, section 2.5. */
const largestScale = 100;

/** Both towers, drawn as `initVisionTransformer` and `initTextTower` draw, and τ = 1 / 0.07. */
export function initClip(random: Random, { dJoint, image, text }: ClipShape, init: Init): Clip {
  return {
    image: initVisionTransformer(random, { ...image, classes: dJoint }, init),
    text: initTextTower(random, { ...text, dJoint }, init),
    logScale: tf.scalar(Math.log(1 / 0.07)),
  };
}

/**
 * Features of images in the joint space, of length 1: [batch, dJoint].
 * @param images [batch, height, width, channels]
 * @throws as `classify` does
 */
export function encodeImages(
  tower: VisionTransformer,
  images: tf.Tensor4D,
  sizes: { patchSize: number; numHeads: number },
  options: VisionOptions = {},
): tf.Tensor2D {
  return tf.tidy(() => unit(classify(tower, images, sizes, options)));
}

/**
 * Cosines of images and captions times τ = min(eˢ, 100): [images, captions].
 * @param images features of length 1, [images, dJoint]
 * @param captions features of length 1, [captions, dJoint]
 * @param logScale s
 */
export function similarities(images: tf.Tensor2D, captions: tf.Tensor2D, logScale: tf.Scalar): tf.Tensor2D {
  const scale = tf.exp(tf.minimum(logScale, Math.log(largestScale)));
  return tf.mul(tf.matMul(images, captions, false, true), scale);
}

/**
 * How badly each image finds its caption among those of the batch, and each caption its image, in nats:
 * ½ (CE(τ U Vᵀ, i) + CE(τ V Uᵀ, i)), averaged over i (Radford et al. 2021, figure 3). Another pair with the same caption
 * counts as wrong too, so that the loss stays above 0 where captions repeat.
 * @param images U, features of length 1, [batch, dJoint]
 * @param captions V, features of length 1, [batch, dJoint]
 * @throws when there are not as many images as captions
 */
export function contrastiveLoss(images: tf.Tensor2D, captions: tf.Tensor2D, logScale: tf.Scalar): tf.Scalar {
  if (String(images.shape) !== String(captions.shape)) {
    throw new Error(
      `contrastiveLoss: expected captions of shape [${images.shape}] as images have, got [${captions.shape}]`,
    );
  }
  return tf.tidy(() => {
    const logits = similarities(images, captions, logScale);
    const own = tf.range(0, images.shape[0], 1, "int32");
    const both = tf.add(crossEntropy(logits, own), crossEntropy(tf.transpose(logits), own));
    return tf.mul(both, 0.5) as tf.Scalar;
  });
}

/**
 * One feature vector of length 1 per class, the direction of the mean over its captions: what an image's features are
 * compared with to classify it without a classifier (Radford et al. 2021, section 3.1.4).
 * @param features of length 1, [classes, captions of each, dJoint]
 * @returns [classes, dJoint]
 */
export function classFeatures(features: tf.Tensor3D): tf.Tensor2D {
  return tf.tidy(() => unit(tf.mean(features, 1) as tf.Tensor2D));
}
