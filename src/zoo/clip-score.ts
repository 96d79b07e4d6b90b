import * as tf from "@tensorflow/tfjs-core";
import { type Clip, type ClipShape, contrastiveLoss, encodeImages, initClip } from "#lab/clip";
import { captionTime, captionVocabSize, randomCaptions } from "#lab/dataset/captions";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import type { SmallMatrix } from "#lab/linear-algebra";
import { random } from "#lab/random";
import { encodeCaptions } from "#lab/text-tower";
import { features, imageTensor, pixels } from "#zoo/image-classifier";
import { probeAccuracy } from "#zoo/linear-probe";
import { packageDigits } from "#zoo/package-digits";
import type { Measure } from "#zoo/recipe";
import { captionTensors, digitFeatures, zeroShotAccuracy } from "#zoo/zero-shot";

/** The sizes of the zoo's model of digits and captions. */
export const clipShape = {
  dJoint: 32,
  image: {
    imageSize: 28,
    channels: 1,
    patchSize: 7,
    dModel: 64,
    dFf: 128,
    numLayers: 4,
    pooling: "mean",
  },
  text: { vocabSize: captionVocabSize, time: captionTime, dModel: 48, dFf: 96, numLayers: 2 },
} as const satisfies ClipShape;
/** Both towers have four heads. */
export const clipSizes = { patchSize: 7, numHeads: 4 };

/** Labels of each digit where there are few. */
export const fewLabels = 16;
/** The first 16 training images of each digit. */
export const few = (set: LabelledImages) => imagesAt(set, [...Array(10 * fewLabels).keys()]);

/** A model before training. */
export const fresh = () => initClip(random(1), clipShape, "uniform fan-in");

/** The contrastive loss of images drawn from a set, each with a caption drawn for it. */
export function captionLoss(clip: Clip, set: LabelledImages, seed: number, batchSize: number): tf.Scalar {
  const chance = random(seed);
  const batch = randomImages(set, chance, batchSize);
  const captions = captionTensors(randomCaptions(batch.labels, chance));
  return contrastiveLoss(
    encodeImages(clip.image, imageTensor(batch), clipSizes),
    encodeCaptions(clip.text, captions, clipSizes.numHeads),
    clip.logScale,
  );
}

/** The zero-shot accuracy of a model on a set, by its own text tower. */
export async function digitAccuracy(clip: Clip, set: LabelledImages): Promise<number> {
  const classes = digitFeatures(clip.text, clipSizes.numHeads);
  const accuracy = await zeroShotAccuracy(clip.image, classes, set, clipSizes);
  classes.dispose();
  return accuracy;
}

/** Digits told by their captions, beside chance and a classifier that is shown the labels. */
export async function zeroShot(clip: Clip): Promise<Measure> {
  const { test } = await digits();
  const all = packageDigits();
  const rows = (set: LabelledImages) => ({ features: pixels(set), labels: set.labels });
  return {
    name: "zero-shot accuracy on digits held out",
    unit: "share of images",
    value: await digitAccuracy(clip, test),
    baselines: [
      { name: "chance", value: 0.1 },
      {
        name: "linear classifier of the pixels, from the labels of the same training images",
        value: probeAccuracy(rows(all), rows(test), { classes: 10 }),
      },
    ],
    lowerIsBetter: false,
  };
}

/** What a linear classifier makes of the image tower's features with few labels. */
export async function probed(clip: Clip): Promise<Measure> {
  const { train, test } = await digits();
  const accuracy = async (read: (set: LabelledImages) => SmallMatrix | Promise<SmallMatrix>) => {
    const rows = async (set: LabelledImages) => ({ features: await read(set), labels: set.labels });
    return probeAccuracy(await rows(few(train)), await rows(test), { classes: 10 });
  };
  const start = fresh();
  const measure: Measure = {
    name: `linear probe of the image features, ${fewLabels} labels of each digit`,
    unit: "share of images",
    value: await accuracy((set) => features(clip.image, set, clipSizes)),
    baselines: [
      { name: "pixels", value: await accuracy(pixels) },
      {
        name: "features of a model before training",
        value: await accuracy((set) => features(start.image, set, clipSizes)),
      },
    ],
    lowerIsBetter: false,
  };
  tf.dispose(start);
  return measure;
}
