import * as tf from "@tensorflow/tfjs-core";
import { classFeatures, encodeImages, similarities } from "#lab/clip";
import { allCaptions, captionTemplates, captionTime, captionTokens } from "#lab/dataset/captions";
import type { LabelledImages } from "#lab/dataset/digits";
import { accuracy, crossEntropy, read } from "#lab/metric";
import { type Captions, encodeCaptions, type TextTower } from "#lab/text-tower";
import type { VisionTransformer } from "#lab/vit";
import { imageTensor, type Sizes } from "#zoo/image-classifier";

/** Captions as tensors, filled up to one length. */
export function captionTensors(captions: readonly string[]): Captions {
  const { tokens, present, count } = captionTokens(captions);
  return {
    tokens: tf.tensor2d(tokens, [count, captionTime], "int32"),
    present: tf.tensor2d(present, [count, captionTime]),
  };
}

/** What a text tower makes of the digits 0 to 9, over all captions of each: [10, dJoint]. */
export function digitFeatures(tower: TextTower, numHeads: number): tf.Tensor2D {
  return tf.tidy(() => {
    const features = encodeCaptions(tower, captionTensors(allCaptions()), numHeads);
    return classFeatures(tf.reshape(features, [10, captionTemplates.length, features.shape[1]]));
  });
}

/** The cosine of each image of a set with each class: [count, classes]. */
export function cosines(
  tower: VisionTransformer,
  classes: tf.Tensor2D,
  set: LabelledImages,
  sizes: Sizes,
): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(encodeImages(tower, imageTensor(set), sizes), classes, false, true));
}

/** The share, 0 to 1, of the images of a set that are nearest to the features of their own class. */
export async function zeroShotAccuracy(
  tower: VisionTransformer,
  classes: tf.Tensor2D,
  set: LabelledImages,
  sizes: Sizes,
): Promise<number> {
  return read(tf.tidy(() => accuracy(cosines(tower, classes, set, sizes), tf.tensor1d(set.labels, "int32"))));
}

/** The cross-entropy, in nats, of the classes of a set's images by their similarities at the scale eˢ. */
export function zeroShotLoss(
  tower: VisionTransformer,
  classes: tf.Tensor2D,
  logScale: tf.Scalar,
  set: LabelledImages,
  sizes: Sizes,
): tf.Scalar {
  const logits = similarities(encodeImages(tower, imageTensor(set), sizes), classes, logScale);
  return crossEntropy(logits, tf.tensor1d(set.labels, "int32"));
}
