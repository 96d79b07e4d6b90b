import { expect, test } from "vitest";
import { type Scenes, scenes } from "#lab/dataset/scenes";
import { meanIntersectionOverUnion } from "#lab/segmentation";
import { random } from "#lab/random";
import { linearSegmentation } from "#zoo/linear-segmentation";

/** Scenes whose pixels' classes are what `kindOf` makes of them. */
function labelled(seed: number, kindOf: (images: Float32Array, at: number) => number): Scenes {
  const own = scenes(random(seed), 6, { side: 16 });
  return { ...own, classes: Int32Array.from(own.classes, (_, at) => kindOf(own.images, at)) };
}
const score = (reach: "patch" | number, kindOf: (images: Float32Array, at: number) => number) => {
  const [train, test] = [labelled(1, kindOf), labelled(2, kindOf)];
  return meanIntersectionOverUnion(linearSegmentation(train, test, reach, 2), test.classes, 2);
};

test("learns what a line can tell of a pixel itself, either way", () => {
  const light = (images: Float32Array, at: number) => (images[at]! > 0.5 ? 1 : 0);
  expect(score("patch", light)).toBeGreaterThan(0.9);
  expect(score(0, light)).toBeGreaterThan(0.9);
});

test("sees no further than it is let", () => {
  // Lighter than the pixel two rows above (inside the image): in sight of reach 2 alone.
  const rises = (images: Float32Array, at: number) =>
    at % 256 >= 32 && images[at]! > images[at - 32]! ? 1 : 0;
  expect(score(2, rises)).toBeGreaterThan(0.6);
  expect(score(1, rises)).toBeLessThan(0.55);
  expect(score("patch", rises)).toBeLessThan(0.55);
});

test("sees all of its patch: each place has a classifier of its own", () => {
  /** Whether the pixel at the other end of the patch's diagonal is light. */
  const opposite = (images: Float32Array, at: number) => {
    const [y, x] = [Math.floor(at / 16) % 2, at % 2];
    return images[at + (1 - 2 * y) * 16 + (1 - 2 * x)]! > 0.5 ? 1 : 0;
  };
  expect(score("patch", opposite)).toBeGreaterThan(0.9);
});
