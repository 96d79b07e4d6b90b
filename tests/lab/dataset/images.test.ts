import { describe, expect, test } from "vitest";
import { cluttered, inverted, noisy, rotated } from "#lab/dataset/corruption";
import type { LabelledImages } from "#lab/dataset/digits";
import { shapes } from "#lab/dataset/shapes";
import { type Tone, sourceTones, targetTones, tones } from "#lab/dataset/tones";
import { random } from "#lab/random";

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("corruption", () => {
  const pixels = (side: number, at: [number, number, number][]): LabelledImages => {
    const images = new Float32Array(side * side);
    for (const [row, column, ink] of at) images[row * side + column] = ink;
    return { images, labels: Int32Array.of(3), count: 1, side };
  };
  const inked = ({ images, side }: LabelledImages) =>
    Array.from(images).flatMap((ink, at) =>
      ink > 1e-6 ? [[Math.floor(at / side), at % side, Number(ink.toFixed(5))]] : [],
    );
  test("a quarter turn takes right to top, four give the image back", () => {
    const image = pixels(5, [
      [2, 4, 1],
      [1, 3, 0.5],
    ]);
    expect(inked(rotated(image, Math.PI / 2))).toEqual([
      [0, 2, 1],
      [1, 1, 0.5],
    ]);
    let turned = image;
    for (let i = 0; i < 4; i++) turned = rotated(turned, Math.PI / 2);
    expect(inked(turned)).toEqual(inked(image));
    expect(turned.labels).toBe(image.labels);
  });
  test("a small turn interpolates", () => {
    // The pixel right of the middle by 2, seen from (0, 2) turned by the angle: weights of the corners around it.
    const angle = 0.3;
    const got = rotated(pixels(5, [[2, 4, 1]]), angle).images;
    const at = (x: number, y: number) => {
      const from = {
        x: Math.cos(angle) * x - Math.sin(angle) * y,
        y: Math.sin(angle) * x + Math.cos(angle) * y,
      };
      return Math.max(0, 1 - Math.abs(from.x - 2)) * Math.max(0, 1 - Math.abs(from.y));
    };
    for (let row = 0; row < 5; row++)
      for (let column = 0; column < 5; column++)
        expect(got[row * 5 + column]).toBeCloseTo(at(column - 2, row - 2), 6);
    expect(() => rotated(pixels(5, []), [1, 2])).toThrow("rotated: expected one angle or 1, got 2");
  });
  test("noise has its size and stays in range; inverting twice gives the image back", () => {
    const grey: LabelledImages = {
      images: new Float32Array(20_000).fill(0.5),
      labels: new Int32Array(2),
      count: 2,
      side: 100,
    };
    const { images } = noisy(grey, random(0), 0.1);
    expect(Math.sqrt(mean(images.map((ink) => (ink - 0.5) ** 2)))).toBeCloseTo(0.1, 2);
    const loud = noisy(grey, random(0), 2).images;
    expect([Math.min(...loud), Math.max(...loud)]).toEqual([0, 1]);
    expect(inverted(inverted(grey)).images).toEqual(grey.images);
    expect(() => noisy(grey, random(0), -1)).toThrow("noisy: expected a std of 0 or more, got -1");
  });
  test("a cluttered canvas holds the image somewhere, over noise of at most the clutter", () => {
    const image = pixels(14, [
      [0, 0, 1],
      [13, 13, 0.8],
    ]);
    const places = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const { images, side } = cluttered(image, random(seed));
      expect(side).toBe(28);
      const at = images.indexOf(1);
      expect(images[at + 13 * 28 + 13]).toBeCloseTo(0.8, 6);
      expect(images.filter((ink) => ink > 0.25)).toHaveLength(2);
      places.add(Math.floor(at / 28)).add(100 + (at % 28));
    }
    expect(places.size).toBe(30); // each of 15 rows and 15 columns
    expect(() => cluttered(image, random(0), { canvas: 13 })).toThrow(
      "cluttered: expected a canvas of at least 14",
    );
  });
});

describe("shapes", () => {
  test("take turns in shape and texture, and the mask is where the shape's ink is", () => {
    const { images, labels, textures, masks, side } = shapes(random(0), 64, { noise: 0 });
    expect(new Set(Array.from(labels, (label, i) => label * 4 + textures[i]!)).size).toBe(16);
    for (let at = 0; at < images.length; at++) expect(images[at]! > 0.4).toBe(masks[at] === 1);
    for (let image = 0; image < 64; image++) {
      const own = masks.subarray(image * side * side, (image + 1) * side * side);
      expect(own.filter((inside) => inside).length).toBeGreaterThan(40);
      const edge = own.filter((_, at) => at % side === 0 || at % side === side - 1 || at < side);
      expect(edge.filter((inside) => inside).length).toBeLessThan(16); // inside the canvas
    }
  });
  test("textures are what they are called", () => {
    const { images, masks, textures, side } = shapes(random(1), 16, { noise: 0 });
    const pairs = (image: number, step: number) => {
      let [changes, all] = [0, 0];
      for (let at = image * side * side; at < (image + 1) * side * side - step; at++) {
        if (!masks[at] || !masks[at + step]) continue;
        all++;
        if (Math.abs(images[at]! - images[at + step]!) > 0.2) changes++;
      }
      return changes / all;
    };
    for (let image = 0; image < 16; image++) {
      const [along, down] = [pairs(image, 1) > 0.2, pairs(image, side) > 0.2];
      expect([along, down]).toEqual(
        [
          [false, false],
          [false, true],
          [true, false],
          [true, true],
        ][textures[image]!],
      );
    }
    expect(shapes(random(2), 3)).toEqual(shapes(random(2), 3));
    expect(() => shapes(random(0), 1, { side: 8 })).toThrow("shapes: expected a side of 12 or more, got 8");
  });
});

describe("tones", () => {
  test("the kinds take turns, in range, the same for the same seed", () => {
    const { images, labels } = tones(random(0), 20);
    expect(Array.from(labels)).toEqual([...Array(10).keys(), ...Array(10).keys()]);
    expect(Math.max(...images)).toBeLessThanOrEqual(1);
    expect(Math.min(...images)).toBeGreaterThanOrEqual(0);
    expect(tones(random(5), 8, targetTones)).toEqual(tones(random(5), 8, targetTones));
    expect(sourceTones.filter((kind) => (targetTones as readonly string[]).includes(kind))).toEqual([]);
    expect(() => tones(random(0), 1, [])).toThrow("tones: expected at least one kind, got none");
  });
  test("the loudest bin moves the way that the kind says", () => {
    /** Bins that the loudest one rises from the first quarter of the sound to its last, medians. */
    const rise = (kind: Tone, seed: number) => {
      const { images } = tones(random(seed), 1, [kind]);
      const loud = Array.from({ length: 28 }, (_, frame) => {
        const column = Array.from({ length: 28 }, (_, bin) => images[(27 - bin) * 28 + frame]!);
        const most = Math.max(...column);
        return most >= 0.9 ? [column.indexOf(most)] : [];
      }).flat();
      const quarter = Math.ceil(loud.length / 4);
      const median = (bins: number[]) => bins.sort((a, b) => a - b)[bins.length >> 1]!;
      return median(loud.slice(-quarter)) - median(loud.slice(0, quarter));
    };
    for (let seed = 0; seed < 10; seed++) {
      expect(rise("step up", seed)).toBeGreaterThan(5);
      expect(rise("step down", seed)).toBeLessThan(-5);
      expect(rise("slow up-chirp", seed)).toBeGreaterThan(1);
      expect(rise("down-chirp with offset", seed)).toBeLessThan(-2);
      expect(Math.abs(rise("single tone", seed))).toBeLessThan(3);
    }
  });
  test("a chord has as many ridges as tones, and a gated tone is silent half of the time", () => {
    /** How many bins are louder than their neighbours and 0.6, over the frames in the middle; the largest share of them. */
    const ridges = (kind: "single tone" | "two tones" | "three-tone chord") => {
      const sums = new Float64Array(28);
      for (let frame = 12; frame < 16; frame++)
        // within every sound: onset at most 12, length at least 16
        for (let bin = 0; bin < 28; bin++)
          sums[bin]! += tones(random(3), 1, [kind]).images[(27 - bin) * 28 + frame]! / 4;
      return sums.filter(
        (value, bin) => value > 0.75 && value >= (sums[bin - 1] ?? 0) && value > (sums[bin + 1] ?? 0),
      ).length;
    };
    expect(
      ["single tone", "two tones", "three-tone chord"].map((kind) => ridges(kind as "single tone")),
    ).toEqual([1, 2, 3]);
    const loudFrames = (kind: "single tone" | "gated tone") => {
      const { images } = tones(random(0), 200, [kind]);
      let loud = 0;
      for (let column = 0; column < 200 * 28; column++) {
        const [image, frame] = [Math.floor(column / 28), column % 28];
        let most = 0;
        for (let bin = 0; bin < 28; bin++) most = Math.max(most, images[(image * 28 + bin) * 28 + frame]!);
        if (most > 0.95) loud++;
      }
      return loud;
    };
    const share = loudFrames("gated tone") / loudFrames("single tone");
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });
});
