import type { Scenes } from "#lab/dataset/scenes";
import { type SmallMatrix, smallMatrix } from "#lab/linear-algebra";
import { linearProbe } from "#zoo/linear-probe";

/**
 * The class of every pixel of the test scenes by a linear classifier of pixels: what a segmentation must beat to have
 * looked further. It sees the 2×2 pixels of a pixel's patch, with a classifier for each of the four places in a patch;
 * or the (2 reach + 1)² pixels around it, those outside as grey as the nearest one inside.
 */
export function linearSegmentation(
  train: Scenes,
  test: Scenes,
  reach: "patch" | number,
  classes: number,
): Int32Array {
  const found = new Int32Array(test.classes.length);
  const places = reach === "patch" ? [0, 1, 2, 3] : [undefined];
  for (const place of places) {
    const [known, asked] = [train, test].map((set) => pixelsAt(set, place)) as [number[], number[]];
    const classify = linearProbe(
      {
        features: around(train, known, reach),
        labels: known.map((at) => train.classes[at]!),
      },
      { classes },
    );
    classify(around(test, asked, reach)).forEach((kind, row) => (found[asked[row]!] = kind));
  }
  return found;
}

/** All pixels, or those at one of the four places of their 2×2 patches. */
function pixelsAt({ classes, side }: Scenes, place: number | undefined): number[] {
  const placeOf = (at: number) => 2 * (Math.floor(at / side) % 2) + ((at % side) % 2);
  return Array.from({ length: classes.length }, (_, at) => at).filter(
    (at) => place === undefined || placeOf(at) === place,
  );
}

/** What a classifier sees of each of these pixels. */
function around({ images, side }: Scenes, pixels: number[], reach: "patch" | number): SmallMatrix {
  const [low, high] = reach === "patch" ? [0, 1] : [-reach, reach];
  const values: number[] = [];
  const inside = (place: number) => Math.min(side - 1, Math.max(0, place));
  for (const at of pixels) {
    const [scene, y, x] = [Math.floor(at / side ** 2), Math.floor(at / side) % side, at % side];
    const [top, left] = reach === "patch" ? [y - (y % 2), x - (x % 2)] : [y, x];
    for (let i = low!; i <= high!; i++)
      for (let j = low!; j <= high!; j++)
        values.push(images[scene * side ** 2 + inside(top + i) * side + inside(left + j)]!);
  }
  return smallMatrix(values, [pixels.length, (high! - low! + 1) ** 2]);
}
