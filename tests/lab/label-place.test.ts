import { expect, test } from "vitest";
import { labelPlaces } from "#lab/figure/label-place";

const frame = { left: 0, right: 400, top: 0, bottom: 300 };
const at = (x: number, y: number, label: string) => ({ x, y, label });

test("a name stands above its point, centred", () => {
  const [place] = labelPlaces([at(200, 150, "softmax")], frame);
  expect(place!.x).toBe(200);
  expect(place!.y).toBeLessThan(150 - 8);
});

test("below, where another point is just above", () => {
  const [, place] = labelPlaces([at(200, 140, ""), at(202, 152, "linear")], frame);
  expect(place!.x).toBe(202);
  expect(place!.y).toBeGreaterThan(152 + 8);
});

test("inside the frame, at its corners", () => {
  const corners = [at(2, 2, "north-west"), at(398, 2, "north-east"), at(2, 298, "south-west")];
  for (const [i, { x, y }] of labelPlaces(corners, frame).entries()) {
    const half = (10 * 7.2) / 2;
    const own = corners[i]!;
    expect(x - half, own.label).toBeGreaterThanOrEqual(0);
    expect(x + half, own.label).toBeLessThanOrEqual(400);
    expect(y, own.label).toBeGreaterThanOrEqual(7);
    expect(y, own.label).toBeLessThanOrEqual(293);
  }
});

test("a point without a name keeps its place, and nothing stands on it", () => {
  const [dot, place] = labelPlaces([at(200, 137, ""), at(200, 150, "a")], frame);
  expect(dot).toEqual({ x: 200, y: 137 });
  expect(place!.y).toBeGreaterThan(150);
});

test("twelve names near each other do not meet", () => {
  const points = Array.from({ length: 12 }, (_, i) => at(40 + 30 * i, 150 + 25 * (i % 3), "method"));
  const places = labelPlaces(points, frame);
  places.forEach((a, i) =>
    places.slice(i + 1).forEach((b) => {
      const meet = Math.abs(a.x - b.x) < 6 * 7.2 && Math.abs(a.y - b.y) < 15;
      expect(meet, `${i}: ${JSON.stringify([a, b])}`).toBe(false);
    }),
  );
});
