import * as tf from "@tensorflow/tfjs-core";
import { imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { type SmallMatrix, smallMatrix } from "#lab/linear-algebra";
import { crossEntropy } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { classify, traceVision, type VisionTransformer } from "#lab/vit";

/** What a model's tensors do not tell. */
export interface Sizes {
  patchSize: number;
  numHeads: number;
}

/** How many images go through a model at once, where none is trained. */
const atOnce = 100;

/** The images of a set as a tensor [count, side, side, 1]. */
export function imageTensor({ images, count, side }: LabelledImages): tf.Tensor4D {
  return tf.tensor4d(images, [count, side, side, 1]);
}

/** The images of a set as rows of pixels. */
export function pixels({ images, count }: LabelledImages): SmallMatrix {
  return smallMatrix(images, [count, images.length / count]);
}

/** The mean cross-entropy, in nats, of a model's answers to a set of images. */
export function imageLoss(model: VisionTransformer, set: LabelledImages, sizes: Sizes): tf.Scalar {
  return crossEntropy(classify(model, imageTensor(set), sizes), tf.tensor1d(set.labels, "int32"));
}

/** The probabilities that a model gives to the classes of each image of a set. */
export async function probabilities(model: VisionTransformer, set: LabelledImages, sizes: Sizes) {
  return inPieces(set, (images) => tf.softmax(classify(model, images, sizes)));
}

/** The features that a model's head reads of each image of a set. */
export async function features(model: VisionTransformer, set: LabelledImages, sizes: Sizes) {
  return inPieces(set, (images) => traceVision(model, images, sizes).features);
}

/** The share, 0 to 1, of the images of a set whose most probable class is their label. */
export async function imageAccuracy(model: VisionTransformer, set: LabelledImages, sizes: Sizes) {
  const found = mostProbable(await probabilities(model, set, sizes));
  return found.filter((label, image) => label === set.labels[image]).length / set.count;
}

/** The column of the largest number of each row. */
export function mostProbable({ values, shape: [count, classes] }: SmallMatrix): number[] {
  return Array.from({ length: count }, (_, row) => {
    const own = values.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

/** A model's answers to the first ten images of a set, and to the first ten that it gets wrong, in words. */
export async function answers(model: VisionTransformer, set: LabelledImages, sizes: Sizes) {
  const p = await probabilities(model, set, sizes);
  const found = mostProbable(p);
  const line = (label: number, image: number) => {
    const sure = p.values[image * p.shape[1] + label]!;
    return `image ${image}, a ${set.labels[image]}: ${label}, with probability ${sure.toFixed(2)}`;
  };
  const all = found.map((label, image) => ({ text: line(label, image), wrong: label !== set.labels[image] }));
  return [
    ...all.slice(0, 10),
    ...all
      .slice(10)
      .filter(({ wrong }) => wrong)
      .slice(0, 10),
  ].map(({ text, wrong }) => (wrong ? `${text}: wrong` : text));
}

/** How a model is trained for a while on another domain. */
export interface Tuning {
  steps: number;
  batchSize: number;
  learningRate: number;
}

/** The accuracy on test images after a short training of all parameters on images of the same domain. */
export async function accuracyAfter(
  start: VisionTransformer,
  { train: own, test }: { train: LabelledImages; test: LabelledImages },
  { batchSize, ...tuning }: Tuning,
  sizes: Sizes,
): Promise<number> {
  const { parameters } = await train({
    parameters: start,
    steps: tuning.steps,
    stage: "fine-tuning",
    optimiser: { learningRate: cosine({ ...tuning, warmup: 10 }), clip: 1 },
    loss: (model, step) => imageLoss(model, randomImages(own, random(2_000_000 + step), batchSize), sizes),
  });
  const accuracy = await imageAccuracy(parameters, test, sizes);
  tf.dispose(parameters);
  return accuracy;
}

async function inPieces(
  set: LabelledImages,
  read: (images: tf.Tensor4D) => tf.Tensor2D,
): Promise<SmallMatrix> {
  const rows: number[] = [];
  let columns = 0;
  for (let first = 0; first < set.count; first += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, set.count - first) }, (_, i) => first + i);
    const result = tf.tidy(() => read(imageTensor(imagesAt(set, places))));
    columns = result.shape[1];
    for (const value of await result.data()) rows.push(value);
    result.dispose();
  }
  return smallMatrix(rows, [set.count, columns]);
}
