import { expect, test } from "vitest";
import type { LabelledImages } from "#lab/dataset/digits";
import { linearFilter } from "#zoo/linear-filter";

/** Images whose pixels are numbers that look random. */
const set = (count: number, side = 6, offset = 0): LabelledImages => ({
  images: Float32Array.from(
    { length: count * side * side },
    (_, at) => Math.sin(12.9898 * (at + offset) ** 1.3) ** 2,
  ),
  labels: new Int32Array(count),
  count,
  side,
});

test("finds a filter that made the truth, up to the border", () => {
  const made = ({ images, side, ...rest }: LabelledImages): LabelledImages => ({
    ...rest,
    side,
    images: images.map((value, at) => {
      const left = at % side > 0 ? images[at - 1]! : 0;
      const below = Math.floor(at / side) % side < side - 1 ? images[at + side]! : 0;
      return 0.5 * value + 0.3 * left - 0.2 * below + 0.1;
    }),
  });
  const [inputs, others] = [set(40), set(5, 6, 7777)];
  const restored = linearFilter(inputs, made(inputs), 3)(others);
  const truth = made(others).images;
  expect(Math.max(...restored.map((value, i) => Math.abs(value - truth[i]!)))).toBeLessThan(1e-3);
});

test("no other filter of its size is closer to the truth: moving a weight makes the error larger", () => {
  const [inputs, truth] = [set(30), set(30, 6, 5000)];
  const error = (restored: Float32Array) =>
    restored.reduce((sum, value, i) => sum + (value - truth.images[i]!) ** 2, 0);
  const best = linearFilter(inputs, truth, 1)(inputs);
  for (const [gain, offset] of [
    [0.05, 0],
    [-0.05, 0],
    [0, 0.02],
    [0, -0.02],
  ] as const)
    expect(error(best.map((value, i) => value + gain * inputs.images[i]! + offset))).toBeGreaterThan(
      error(best),
    );
});

test("wants pairs and an odd window", () => {
  expect(() => linearFilter(set(2), set(3), 3)).toThrow("linearFilter: expected as many pixels in both sets");
  expect(() => linearFilter(set(2), set(2), 4)).toThrow("an odd size, got 72 and 72, 4");
});
