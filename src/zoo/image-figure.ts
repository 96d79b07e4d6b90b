import type { LabelledImages } from "#lab/dataset/digits";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import { classify, type VisionTransformer } from "#lab/vit";
import { attentionWeights } from "#zoo/attention-weights";
import { imageTensor, type Sizes } from "#zoo/image-classifier";

/** Two decimals: more cannot be seen in a figure, and would double its table. */
const rounded = (value: number) => Math.round(100 * value) / 100;

/** Rows of a square, flat list. */
function square(values: ArrayLike<number>): number[][] {
  const side = Math.sqrt(values.length);
  return Array.from({ length: side }, (_, y) =>
    Array.from({ length: side }, (_, x) => rounded(values[y * side + x]!)),
  );
}

/** A figure of which digits were taken for which: shares of the images of each digit. */
export function confusionMap(found: ArrayLike<number>, labels: ArrayLike<number>): Figure {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  Array.from(labels).forEach((label, image) => counts[label]![found[image]!]!++);
  const shares = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => rounded(count / Math.max(1, total)));
  });
  return heatMap(shares, {
    title: "What each digit was taken for",
    description: "Shares of the held-out images of each digit, by the digit that the model gives them.",
    rows: { label: "digit" },
    columns: { label: "answer" },
    value: "share of images",
    domain: [0, 1],
  });
}

/** Figures of an image, at most 32 × 32 pixels, and of how much the class token attends to its patches in a block. */
export async function lookingAt(
  model: VisionTransformer,
  one: LabelledImages,
  sizes: Sizes,
  l: number,
): Promise<Figure[]> {
  const images = imageTensor(one);
  const heads = await attentionWeights(l, (options) => classify(model, images, sizes, options));
  images.dispose();
  const patches = heads[0]![0]!.length - 1;
  const looks = Array.from({ length: patches }, (_, patch) =>
    heads.reduce((sum, head) => sum + head[0]![patch + 1]! / heads.length, 0),
  );
  return [
    heatMap(square(one.images), {
      title: `An image of a ${one.labels[0]}`,
      description: `An image of the digit ${one.labels[0]} that the model was not trained on.`,
      rows: { label: "row" },
      columns: { label: "column" },
      value: "ink",
      domain: [0, 1],
    }),
    heatMap(square(looks), {
      title: `Where the class token looks in block ${l}`,
      description: `The class token's attention to each patch of that image in block ${l}, the mean over its heads.`,
      rows: { label: "row of patches" },
      columns: { label: "column of patches" },
      value: "attention",
    }),
  ];
}
