import { session } from "#lab/session";
import type { Random } from "#lab/random";
import { unpackZeroRuns } from "#lab/dataset/zero-runs";
import type { About } from "#lab/dataset/about";

/** The sides that a digit is offered at, in pixels. */
export type DigitSide = 28 | 14 | 8;

/** Images and what they show. */
export interface LabelledImages {
  /** Ink from 0 (paper) to 1, rows from the top. */
  images: Float32Array; // [count, side * side]
  /** 0 to 9. */
  labels: Int32Array; // [count]
  count: number;
  side: number;
}

/** Handwritten digits, cut in two. */
export interface DigitDataset {
  train: LabelledImages;
  test: LabelledImages;
}

const trainCount = 2000;
const testCount = 500;
const pixels = 28 * 28;

/**
 * Handwritten digits of MNIST, 2,000 to train on and 500 to test on, 200 and 50 of each digit. They take turns (0 to 9,
 * 0 to 9, …), so that every beginning of a set is balanced.
 *
 * 14×14 are means of 2×2 pixels; 8×8 are means of 3×3 pixels of the middle 24×24, since a digit lies in the middle 20×20.
 * Source and licence: `public/data/digits.source.md`.
 * @throws when the side is another
 */
export async function digits({ side = 28 }: { side?: DigitSide } = {}): Promise<DigitDataset> {
  if (side !== 28 && side !== 14 && side !== 8)
    throw new Error(`digits: expected a side of 28, 14 or 8 pixels, got ${String(side)}`);
  const packed = new Uint8Array(await session().readAsset("data/digits.bin"));
  const levels = unpackZeroRuns(packed, (trainCount + testCount) * pixels);
  const set = (start: number, count: number): LabelledImages => {
    const full = Float32Array.from(
      levels.subarray(start * pixels, (start + count) * pixels),
      (level) => level / 255,
    );
    const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
    return { images: shrunk(full, count, side), labels, count, side };
  };
  return { train: set(0, trainCount), test: set(trainCount, testCount) };
}

function shrunk(images: Float32Array, count: number, side: DigitSide): Float32Array {
  if (side === 28) return images;
  const cell = side === 14 ? 2 : 3;
  const margin = (28 - cell * side) / 2;
  const small = new Float32Array(count * side * side);
  for (let at = 0; at < small.length; at++) {
    const image = Math.floor(at / (side * side));
    const top = margin + cell * (Math.floor(at / side) % side);
    const left = margin + cell * (at % side);
    let sum = 0;
    for (let y = top; y < top + cell; y++)
      for (let x = left; x < left + cell; x++) sum += images[image * pixels + y * 28 + x]!;
    small[at] = sum / (cell * cell);
  }
  return small;
}

/**
 * The images at these places of a set, with their labels.
 * @throws at a place outside the set
 */
export function imagesAt(set: LabelledImages, places: ArrayLike<number>): LabelledImages {
  const size = set.images.length / set.count;
  const images = new Float32Array(places.length * size);
  const labels = Int32Array.from(places, (place, row) => {
    if (!Number.isInteger(place) || place < 0 || place >= set.count)
      throw new Error(`imagesAt: expected places from 0 to ${set.count - 1}, got ${place}`);
    images.set(set.images.subarray(place * size, (place + 1) * size), row * size);
    return set.labels[place]!;
  });
  return { images, labels, count: places.length, side: set.side };
}

/** `batchSize` images of a set drawn at random, with replacement. */
export function randomImages(set: LabelledImages, random: Random, batchSize: number): LabelledImages {
  return imagesAt(set, random.integers(batchSize, set.count));
}

export const about: About = {
  title: "Handwritten digits",
  description:
    "2,500 handwritten digits of MNIST at 28×28, 14×14 and 8×8 pixels, 250 of each, cut into training and test images.",
  size: "2,000 training and 500 test images, 200 and 50 of each digit; grey levels from 0 to 1.",
  use: 'import { digits } from "#lab/dataset/digits";\n\nconst { train, test } = await digits({ side: 8 });\ntrain.images; // Float32Array [2000 * 64]\ntrain.labels; // Int32Array [2000]',
  files: ["digits"],
  async samples() {
    const shown = async (side: DigitSide) =>
      imagesAt(
        (await digits({ side })).train,
        Array.from({ length: 20 }, (_, i) => i),
      );
    return [
      { kind: "images", title: "The first 20 training images at 28×28 pixels", ...(await shown(28)) },
      { kind: "images", title: "The same at 8×8 pixels", ...(await shown(8)) },
    ];
  },
};
