import { beforeEach, describe, expect, test } from "vitest";
import { parseHTML } from "linkedom";
import { binned, histogram } from "#lab/figure/histogram";
import { startNodeSession } from "./device-case";

beforeEach(() => startNodeSession());

const caption = { title: "Weights", description: "Before and after training." };
const drawHistogram = () =>
  histogram(
    [
      { name: "before", values: [0, 0, 1, 4] },
      { name: "after", values: [3] },
    ],
    {
      ...caption,
      x: { label: "weight" },
      bins: 4,
    },
  );
/** The heights of the bars, in the order that they are drawn. */
const drawnHeights = () => {
  const { document } = parseHTML(`<html><body>${drawHistogram().svg}</body></html>`);
  const bars = [...document.querySelectorAll("g[data-layer=rect] rect")];
  return bars.map((bar) => Number(bar.getAttribute("height")));
};

describe("histogram", () => {
  test("counts each value once, the upper edge in the last bin", () => {
    const samples = [{ name: "s", values: [0, 0.5, 1, 1.5, 2, 3, 4] }];
    expect(binned(samples, 4)).toEqual({ edges: [0, 1, 2, 3, 4], counts: [[2, 2, 1, 2]] });
    const tenths = Float64Array.from({ length: 101 }, (_, i) => i / 10);
    const { edges, counts } = binned([{ name: "s", values: tenths }], 100);
    const expected = edges.slice(0, -1).map((edge, i) => {
      const inside = (v: number) => v >= edge && (v < edges[i + 1]! || (i === 99 && v === edges[100]));
      return tenths.filter(inside).length;
    });
    expect(counts[0]).toEqual(expected);
    expect(binned([{ name: "s", values: [2, 2] }], 1)).toEqual({ edges: [1.5, 2.5], counts: [[2]] });
  });
  test("draws shares of each sample, and tabulates counts", () => {
    const heights = drawnHeights();
    expect(heights[0]! / heights[1]!).toBeCloseTo(2, 6);
    expect(heights.at(-1)! / heights[0]!).toBeCloseTo(2, 6); // the only value of `after`, half of `before`
    expect(drawHistogram().table!.rows[3]).toEqual([3, 4, 1, 1]);
  });
  test("names what it can't draw", () => {
    const draw = (values: number[], bins?: number) => () =>
      histogram([{ name: "s", values }], { ...caption, x: { label: "x" }, bins });
    expect(draw([])).toThrow('histogram: expected finite values for "s", got none');
    expect(draw([1, Infinity])).toThrow('expected finite values for "s", got Infinity');
    expect(draw([1], 0)).toThrow("histogram: expected a positive number of bins, got 0");
  });
});
