import { expect, test } from "vitest";
import type { LabelledImages } from "#lab/dataset/digits";
import { mirrored, shifted } from "#lab/dataset/displacement";

const set: LabelledImages = {
  images: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90),
  labels: Int32Array.of(4, 7),
  count: 2,
  side: 3,
};

test("mirroring exchanges left and right, and twice gives the images back", () => {
  expect(Array.from(mirrored(set).images)).toEqual([
    ...[3, 2, 1, 6, 5, 4, 9, 8, 7],
    ...[30, 20, 10, 60, 50, 40, 90, 80, 70],
  ]);
  expect(mirrored(mirrored(set))).toEqual(set);
});

test("shifting moves each image on its own, and fills with paper", () => {
  expect(Array.from(shifted(set, 1, 0).images)).toEqual([
    ...[0, 0, 0, 1, 2, 3, 4, 5, 6],
    ...[0, 0, 0, 10, 20, 30, 40, 50, 60],
  ]);
  expect(Array.from(shifted(set, -1, 2).images)).toEqual([
    ...[0, 0, 4, 0, 0, 7, 0, 0, 0],
    ...[0, 0, 40, 0, 0, 70, 0, 0, 0],
  ]);
  expect(shifted(set, 0, 0)).toEqual(set);
  expect(() => shifted(set, 0.5, 0)).toThrow("shifted: expected whole pixels down and right, got 0.5 and 0");
});
