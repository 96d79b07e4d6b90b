import { expect, test } from "vitest";
import { about, scenes } from "#lab/dataset/scenes";
import { random } from "#lab/random";

test("without noise, an object is of one grey that differs from the background's", () => {
  const { images, classes, count, side } = scenes(random(0), 60, { noise: 0, objects: 1 });
  expect([images.length, classes.length, count, side]).toEqual([60 * 1024, 60 * 1024, 60, 32]);
  for (let scene = 0; scene < count; scene++) {
    const own = Array.from(images.subarray(scene * 1024, (scene + 1) * 1024));
    const kinds = classes.subarray(scene * 1024, (scene + 1) * 1024);
    const greys = new Set(own.filter((_, at) => kinds[at] !== 0));
    const background = new Set(own.filter((_, at) => kinds[at] === 0));
    expect([greys.size, background.size]).toEqual([1, 1]);
    expect(Math.abs([...greys][0]! - [...background][0]!)).toBeGreaterThanOrEqual(0.199);
    expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...own)).toBeLessThanOrEqual(1);
  }
});

test("discs and squares have their areas and outlines, and lie whole inside", () => {
  const { classes } = scenes(random(1), 80, { objects: 1 });
  const seen = new Set<number>();
  for (let scene = 0; scene < 80; scene++) {
    const inside = Array.from({ length: 1024 }, (_, at) => at).filter(
      (at) => classes[scene * 1024 + at] !== 0,
    );
    const kind = classes[scene * 1024 + inside[0]!]!;
    seen.add(kind);
    const [xs, ys] = [inside.map((at) => at % 32), inside.map((at) => Math.floor(at / 32))];
    const [across, down] = [xs, ys].map((places) => Math.max(...places) - Math.min(...places) + 1);
    const filled = inside.length / (across! * down!);
    // A square fills its box, a disc π / 4 of it, to the coarseness of the pixels.
    if (kind === 2) expect(filled).toBe(1);
    else expect(filled).toBeLessThan(0.95);
    expect(inside.length).toBeGreaterThan(0.8 * Math.PI * (0.11 * 32) ** 2);
    expect(inside.length).toBeLessThan(1.2 * Math.PI * (0.22 * 32) ** 2);
    expect(Math.abs(across! - down!)).toBeLessThanOrEqual(1);
    if (kind === 2) continue;
    // Every point of the disc is within half of its width of its middle.
    const [x0, y0] = [xs, ys].map((places) => (Math.max(...places) + Math.min(...places)) / 2);
    const far = inside.map((_, i) => Math.hypot(xs[i]! - x0!, ys[i]! - y0!));
    expect(Math.max(...far)).toBeLessThan(Math.max(across!, down!) / 2 + 0.75);
  }
  expect([...seen].sort()).toEqual([1, 2]);
});

test("all classes occur, the noise has its deviation, and a seed is a world", () => {
  const given = scenes(random(2), 200);
  const share = [0, 1, 2].map((kind) => given.classes.filter((one) => one === kind).length / (200 * 1024));
  expect(share[0]).toBeGreaterThan(0.5);
  expect(share[1]).toBeGreaterThan(0.1);
  expect(share[2]).toBeGreaterThan(0.1);
  expect(scenes(random(2), 200)).toEqual(given);
  // On a background of middle grey, where the noise is not cut off at 0 and 1.
  const clean = scenes(random(12), 1, { noise: 0 });
  const first = clean.images[clean.classes.indexOf(0)]!;
  const own = Array.from(scenes(random(12), 1).images).filter((_, at) => clean.classes[at] === 0);
  expect(first).toBeGreaterThan(0.4);
  expect(first).toBeLessThan(0.6);
  const mean = own.reduce((sum, value) => sum + value / own.length, 0);
  const std = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2 / own.length, 0));
  expect(Math.abs(mean - first)).toBeLessThan(0.02);
  expect(std).toBeGreaterThan(0.11);
  expect(std).toBeLessThan(0.13);
});

test("says what it is, and refuses what makes no scene", async () => {
  const samples = await about.samples();
  expect(samples.map(({ kind }) => kind)).toEqual(["images", "images"]);
  expect(() => scenes(random(0), 1, { side: 8 })).toThrow("scenes: expected a side of 16 or more, got 8");
  expect(() => scenes(random(0), 1, { objects: 0 })).toThrow("scenes: expected 1 object or more, got 0");
  expect(() => scenes(random(0), 1, { noise: -1 })).toThrow("scenes: expected noise of 0 or more, got -1");
});
