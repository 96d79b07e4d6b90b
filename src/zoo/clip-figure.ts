import * as tf from "@tensorflow/tfjs-core";
import type { Clip } from "#lab/clip";
import { caption, captionTemplates, digitWords } from "#lab/dataset/captions";
import { digits } from "#lab/dataset/digits";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import { encodeCaptions } from "#lab/text-tower";
import { clipSizes } from "#zoo/clip-score";
import { captionTensors, cosines, digitFeatures } from "#zoo/zero-shot";

/** A figure of the mean cosine of the images of each digit with the captions of each. */
export async function cosineMap(clip: Clip): Promise<Figure> {
  const { test } = await digits();
  const means = tf.tidy(() => {
    const classes = digitFeatures(clip.text, clipSizes.numHeads);
    const all = cosines(clip.image, classes, test, clipSizes); // [500, 10], the digits in turn
    return tf.mean(tf.reshape(all, [-1, 10, 10]), 0) as tf.Tensor2D;
  });
  const values = rounded(await means.array());
  means.dispose();
  return heatMap(values, {
    title: "How images and captions agree",
    description: "The mean cosine of the held-out images of each digit with the captions of each digit.",
    rows: { label: "image of" },
    columns: { label: "captions of" },
    value: "cosine",
  });
}

/** A figure of the cosines of all captions of four digits with each other. */
export async function captionMap(clip: Clip): Promise<Figure> {
  const named = [1, 3, 5, 7].flatMap((digit) =>
    captionTemplates.map((_, template) => ({
      name: `${digitWords[digit]} ${template + 1}`,
      text: caption(digit, template),
    })),
  );
  const products = tf.tidy(() => {
    const texts = captionTensors(named.map(({ text }) => text));
    const features = encodeCaptions(clip.text, texts, clipSizes.numHeads);
    return tf.matMul(features, features, false, true) as tf.Tensor2D;
  });
  const values = rounded(await products.array());
  products.dispose();
  const names = named.map(({ name }) => name);
  return heatMap(values, {
    title: "How captions agree",
    description:
      "The cosine of each caption of four digits with each other one; five sentences name each digit.",
    rows: { label: "caption", names },
    columns: { label: "caption", names },
    value: "cosine",
  });
}

/** Three decimals: more cannot be seen in a figure, and would double its table. */
function rounded(values: number[][]): number[][] {
  return values.map((row) => row.map((value) => Math.round(1000 * value) / 1000));
}
