import { expect, test } from "vitest";
import { smallMatrix } from "#lab/linear-algebra";
import { nearestNeighbourAccuracy } from "#zoo/nearest-neighbour";

const known = { features: smallMatrix([0, 0, 4, 0, 0, 3], [3, 2]), labels: [0, 1, 2] };

test("asks the nearest example: worked by hand", () => {
  // (1, 1) is nearest to (0, 0), (3, 1) to (4, 0), (1, 2) to (0, 3), (2.1, 0) to (4, 0).
  const features = smallMatrix([1, 1, 3, 1, 1, 2, 2.1, 0], [4, 2]);
  expect(nearestNeighbourAccuracy(known, { features, labels: [0, 1, 2, 1] })).toBe(1);
  expect(nearestNeighbourAccuracy(known, { features, labels: [0, 1, 0, 0] })).toBe(0.5);
  expect(nearestNeighbourAccuracy(known, known)).toBe(1);
});

test("refuses features of another size", () => {
  const wide = { features: smallMatrix([1, 2, 3], [1, 3]), labels: [0] };
  expect(() => nearestNeighbourAccuracy(known, wide)).toThrow(
    "nearestNeighbourAccuracy: expected features of dModel = 2, got 3",
  );
});
