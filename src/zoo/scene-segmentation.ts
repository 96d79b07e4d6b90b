import * as tf from "@tensorflow/tfjs-core";
import { sceneClasses, type Scenes } from "#lab/dataset/scenes";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import { crossEntropy } from "#lab/metric";
import { meanIntersectionOverUnion, segment } from "#lab/segmentation";
import type { VisionTransformer } from "#lab/vit";

/** What a model's tensors do not tell. */
type Sizes = { patchSize: number; numHeads: number };

/** How many scenes go through a model at once, where none is trained. */
const atOnce = 10;

/** The mean cross-entropy, in nats, of a model's classes for all pixels of scenes. */
export function sceneLoss(model: VisionTransformer, given: Scenes, sizes: Sizes): tf.Scalar {
  const { images, classes, count, side } = given;
  const truth = tf.tensor3d(classes, [count, side, side], "int32");
  return crossEntropy(segment(model, tf.tensor4d(images, [count, side, side, 1]), sizes), truth);
}

/** The most probable class of each pixel of scenes. */
export async function foundClasses(
  model: VisionTransformer,
  given: Scenes,
  sizes: Sizes,
): Promise<Int32Array> {
  const { images, count, side } = given;
  const size = side ** 2;
  const classes = new Int32Array(count * size);
  for (let first = 0; first < count; first += atOnce) {
    const part = images.subarray(first * size, (first + atOnce) * size);
    const answer = tf.tidy(() => {
      const some = tf.tensor4d(part, [part.length / size, side, side, 1]);
      return tf.argMax(segment(model, some, sizes), -1);
    });
    classes.set(await answer.data<"int32">(), first * size);
    answer.dispose();
  }
  return classes;
}

/** The mean over classes of intersection over union, 0 to 1, of a model's classes for the pixels of scenes. */
export async function sceneScore(model: VisionTransformer, given: Scenes, sizes: Sizes): Promise<number> {
  const found = await foundClasses(model, given, sizes);
  return meanIntersectionOverUnion(found, given.classes, sceneClasses.length);
}

/** Figures of a scene, at most 64 × 64 pixels: what it looks like, what its pixels are of, what a model takes them for. */
export async function sceneMaps(model: VisionTransformer, one: Scenes, sizes: Sizes): Promise<Figure[]> {
  const square = (values: ArrayLike<number>) =>
    Array.from({ length: one.side }, (_, y) =>
      // Two decimals: more cannot be seen, and would double the table.
      Array.from({ length: one.side }, (_, x) => Math.round(100 * values[y * one.side + x]!) / 100),
    );
  const [rows, columns] = [{ label: "row" }, { label: "column" }];
  const classes = { rows, columns, value: "0 background, 1 disc, 2 square", domain: [0, 2] } as const;
  return [
    heatMap(square(one.images), {
      title: "A scene",
      description: "A scene of discs and squares that the model was not trained on.",
      rows,
      columns,
      value: "grey",
      domain: [0, 1],
    }),
    heatMap(square(one.classes), {
      title: "What its pixels are of",
      description: "The classes of the pixels of that scene.",
      ...classes,
    }),
    heatMap(square(await foundClasses(model, one, sizes)), {
      title: "What the model takes them for",
      description: "The most probable class of each pixel of that scene.",
      ...classes,
    }),
  ];
}
