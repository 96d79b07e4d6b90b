import { beforeAll, expect, test } from "vitest";
import { digits, imagesAt, type LabelledImages } from "#lab/dataset/digits";
import { halved, packageDigits } from "#zoo/package-digits";
import { startNodeSession } from "#tests/lab/device-case";

beforeAll(() => startNodeSession());

/** Each image as text, to look it up by. */
function texts({ images, count }: LabelledImages): string[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, image) =>
    images.subarray(image * size, (image + 1) * size).join(),
  );
}

test("none of the test images of the extract is among the package's training images, and all of its training images are", async () => {
  const { train, test: held } = await digits();
  const known = new Set(texts(packageDigits()));
  expect(texts(held).filter((image) => known.has(image))).toEqual([]);
  expect(texts(train).filter((image) => !known.has(image))).toEqual([]);
});

test("the digits take turns, and the extract's first images come first", async () => {
  const all = packageDigits();
  const { train } = await digits();
  expect([all.count, all.side, all.images.length]).toEqual([8000, 28, 8000 * 784]);
  expect(Array.from(all.labels.subarray(0, 12))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  const first = Array.from({ length: 2000 }, (_, i) => i);
  expect(imagesAt(all, first).images).toEqual(train.images);
});

test("halved images are the extract's at 14 × 14", async () => {
  const { train } = await digits({ side: 14 });
  const half = halved(imagesAt(packageDigits(), [0, 77, 1999]));
  const theirs = imagesAt(train, [0, 77, 1999]);
  expect([half.side, half.count, Array.from(half.labels)]).toEqual([14, 3, Array.from(theirs.labels)]);
  expect(Math.max(...half.images.map((ink, i) => Math.abs(ink - theirs.images[i]!)))).toBeLessThan(1e-6);
});
