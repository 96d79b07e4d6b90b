import { describe, expect, test } from "vitest";
import {
  blur,
  degraded,
  haze,
  inTurn,
  lowLight,
  noise,
  quantisation,
  rain,
  randomOrder,
  synthetic,
  tasks,
  type Degradation,
} from "#lab/dataset/degradation";
import type { LabelledImages } from "#lab/dataset/digits";
import { random } from "#lab/random";

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const std = (values: ArrayLike<number>) => {
  const middle = mean(values);
  return Math.sqrt(mean(Array.from(values, (value) => (value - middle) ** 2)));
};
const grey = (side: number, ink = 0.5) => new Float32Array(side * side).fill(ink);
const run = (degrade: Degradation, image: Float32Array, seed = 0) =>
  degrade(image, Math.sqrt(image.length), random(seed));

describe("one degradation", () => {
  test("noise has the standard deviation asked for, or one between two ends", () => {
    expect(std(run(noise(0.1), grey(100)))).toBeCloseTo(0.1, 2);
    const sizes = Array.from({ length: 60 }, (_, seed) => std(run(noise([0.1, 0.3]), grey(40), seed)));
    expect(Math.min(...sizes)).toBeGreaterThan(0.09);
    expect(Math.max(...sizes)).toBeLessThan(0.32);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeGreaterThan(0.15);
  });
  test("blur spreads a dot as a Gaussian, keeps grey grey, and does not turn the image", () => {
    const dot = new Float32Array(121);
    dot[5 * 11 + 5] = 1;
    const out = run(blur(0.7), dot);
    const g = (d: number) => Math.exp(-(d ** 2) / (2 * 0.7 ** 2));
    const total = [-3, -2, -1, 0, 1, 2, 3].reduce((sum, d) => sum + g(d), 0);
    for (const [row, column] of [
      [5, 5],
      [4, 5],
      [5, 7],
      [3, 4],
    ] as const)
      expect(out[row * 11 + column]).toBeCloseTo((g(row - 5) * g(column - 5)) / total ** 2, 6);
    for (const value of run(blur(1), grey(8))) expect(value).toBeCloseTo(0.5, 6);
    const corner = new Float32Array(64);
    corner[1] = 1; // row 0, column 1
    const near = run(blur(0.5), corner);
    expect(near[1]).toBe(Math.max(...near));
    expect(near[0]! + near[2]!).toBeGreaterThan(near[9]!);
  });
  test("rain adds light to streaks of whole stretches of columns", () => {
    let [wet, columns] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const out = run(rain(0.4), grey(8), seed);
      for (let column = 0; column < 8; column++) {
        const lit = Array.from({ length: 8 }, (_, row) => Math.abs(out[row * 8 + column]! - 0.9) < 1e-6);
        const rows = lit.flatMap((one, row) => (one ? [row] : []));
        columns++;
        if (rows.length === 0) continue;
        wet++;
        expect(rows.length).toBeGreaterThanOrEqual(4);
        expect(rows.at(-1)! - rows[0]!).toBe(rows.length - 1);
      }
    }
    expect(wet / columns).toBeCloseTo(0.25, 1);
  });
  test("haze, low light and quantisation are their formulas", () => {
    const image = Float32Array.of(0, 0.2, 0.6, 1);
    const close = (got: Float32Array, expected: number[]) =>
      expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 6));
    close(run(haze(0.6, 0.8), image), [0.32, 0.44, 0.68, 0.92]);
    close(run(lowLight(0.5, 2), image), [0, 0.02, 0.18, 0.5]);
    close(run(lowLight(0.5, 1.5), Float32Array.of(-0.1, 0, 0, 0)), [0, 0, 0, 0]);
    close(run(quantisation(4), image), [0, 1 / 3, 2 / 3, 1]);
    const levels = new Set(
      Array.from(
        { length: 50 },
        (_, seed) =>
          new Set(
            run(
              quantisation([3, 6]),
              grey(10).map((_, i) => i / 99),
              seed,
            ),
          ).size,
      ),
    );
    expect([...levels].sort()).toEqual([3, 4, 5, 6]);
  });
});

describe("several", () => {
  /** Writes its digit at the end of what is there. */
  const write =
    (digit: number): Degradation =>
    (image) =>
      image.map((value) => 10 * value + digit);

  test("act in the order given", () => {
    expect(run(inTurn(write(1), write(2), write(3)), grey(1, 0))[0]).toBe(123);
  });
  test("in random order: each set of one to three, in each order", () => {
    const all = [1, 2, 3, 4, 5].map(write);
    const seen = new Map<number, number>();
    const generator = random(0);
    for (let draw = 0; draw < 6000; draw++) {
      const [order] = randomOrder(all)(grey(1, 0), 1, generator);
      seen.set(order!, (seen.get(order!) ?? 0) + 1);
    }
    expect(seen.size).toBe(5 + 20 + 60);
    const share = (length: number) =>
      [...seen].reduce((sum, [order, count]) => sum + (String(order).length === length ? count : 0), 0) /
      6000;
    for (const length of [1, 2, 3]) expect(share(length)).toBeCloseTo(1 / 3, 1);
    expect(() => randomOrder(all, 6)).toThrow("randomOrder: expected most from 1 to 5, got 6");
  });
  test("are clipped at the end alone", () => {
    const image: LabelledImages = {
      images: Float32Array.of(0.5, 1),
      labels: Int32Array.of(4, 5),
      count: 2,
      side: 1,
    };
    const up: Degradation = (image) => image.map((value) => value + 2);
    const down: Degradation = (image) => image.map((value) => value - 2.25);
    expect(Array.from(degraded(image, inTurn(up, down), random(0)).images)).toEqual([0.25, 0.75]);
    expect(Array.from(degraded(image, down, random(0)).images)).toEqual([0, 0]);
    expect(degraded(image, up, random(0)).labels).toBe(image.labels);
  });
});

describe.each(Object.entries({ ...synthetic, ...tasks }))("%s", (_, degrade) => {
  const images: LabelledImages = {
    images: Float32Array.from({ length: 20 * 64 }, (_, at) => ((at * 37) % 64) / 63),
    labels: new Int32Array(20),
    count: 20,
    side: 8,
  };
  test("changes images, each in its own way, the same for the same seed, and stays in range", () => {
    const before = images.images.slice();
    const { images: out } = degraded(images, degrade, random(5));
    expect(degraded(images, degrade, random(5)).images).toEqual(out);
    expect(images.images).toEqual(before);
    expect(out).not.toEqual(before);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...out)).toBeLessThanOrEqual(1);
    // All 20 images are equal, so what differs between them is chance.
    const kinds = new Set(Array.from({ length: 20 }, (_, i) => out.slice(i * 64, (i + 1) * 64).join()));
    expect(kinds.size).toBeGreaterThan(2);
  });
});
