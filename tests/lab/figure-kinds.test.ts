import { parseHTML } from "linkedom";
import { beforeEach, describe, expect, test } from "vitest";
import { attentionMap } from "#lab/figure/attention-map";
import { bars } from "#lab/figure/bars";
import { type Figure, isFigure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import { histogram } from "#lab/figure/histogram";
import { paretoFront, scatter } from "#lab/figure/scatter";
import { startSession } from "#lab/session";
import { startNodeSession } from "./device-case";

beforeEach(() => startNodeSession());

const caption = { title: "Cost & quality", description: "What each one costs." };
const axes = { x: { label: "parameters", log: true }, y: { label: "accuracy" } };
const low = { x: "low", y: "high" } as const;
const points = [
  { x: 10, y: 0.5, label: "a" },
  { x: 100, y: 0.4, label: "b" }, // a is better on both
  { x: 1000, y: 0.9, label: "c" },
];
const drawScatter = () =>
  scatter(
    [
      { name: "kind", points },
      { name: "other", points: [{ x: 5000, y: 0.9 }] },
    ],
    {
      ...caption,
      ...axes,
      better: low,
    },
  );
const matrix = [
  [0, 1, 2],
  [3, 4, 8],
];
const drawHeatMap = () =>
  heatMap(matrix, {
    ...caption,
    rows: { label: "layer" },
    columns: { label: "head", names: ["p", "q", "r"] },
    value: "bits",
  });
const weights = [
  [1, 0],
  [0.25, 0.75],
];
const drawAttention = () => attentionMap(weights, ["the", " cat"], caption);
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
const drawBars = () =>
  bars(
    ["a", "b"],
    [
      {
        name: "one",
        values: [2, 4],
        intervals: [
          [1, 3],
          [3, 6],
        ],
      },
    ],
    {
      ...caption,
      x: { label: "rank" },
      y: { label: "loss (nats)" },
    },
  );
const parse = ({ svg }: Figure) =>
  parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;
/** A number attribute of every element that a selector finds. */
const all = (figure: Figure, selector: string, name: string) =>
  [...parse(figure).querySelectorAll(selector)].map((found) => Number(found.getAttribute(name)));

describe.each([
  ["scatter", drawScatter, ["parameters", "accuracy", "kind", "Pareto front", "a", "1K"]],
  ["heatMap", drawHeatMap, ["layer", "head", "p", "r", "bits: 0 to 8"]],
  ["attentionMap", drawAttention, ["query", "key", "the", "␣cat", "weight: 0 to 1"]],
  ["histogram", drawHistogram, ["weight", "share of values", "before", "after"]],
  ["bars with intervals", drawBars, ["rank", "loss (nats)", "one"]],
])("%s", (_name, draw, words) => {
  test("is an accessible image with its names and labels", () => {
    const figure = draw();
    expect(isFigure(figure)).toBe(true);
    expect(parse(figure).getAttribute("role")).toBe("img");
    expect(parse(figure).querySelector("title")!.textContent).toBe(caption.title);
    expect(parse(figure).querySelector("desc")!.textContent).toBe(caption.description);
    for (const word of words) expect(parse(figure).textContent).toContain(word);
    for (const row of figure.table!.rows) expect(row).toHaveLength(figure.table!.columns.length);
  });
  test("scales with its column, and holds neither styles nor colours of its own", () => {
    const { svg } = draw();
    expect(svg).toMatch(/viewBox="0 0 480 \d+"/);
    expect(parse({ svg } as Figure).hasAttribute("width")).toBe(false);
    expect(svg).not.toMatch(/<style|style=|class=|\bid=|#[0-9a-f]{3,6}\b|rgb\(|steelblue|NaN|undefined/i);
    expect(svg).toContain("var(--series-1)");
  });
  test("is the same string every time", () => expect(draw().svg).toBe(draw().svg));
  test("needs a document", () => {
    startSession({});
    expect(draw).toThrow("draw: expected a session with a document, got none");
  });
});

describe("scatter", () => {
  test("paretoFront keeps what nothing beats, for each pair of better ends", () => {
    const labels = (x: "low" | "high", y: "low" | "high") =>
      paretoFront(points, { x, y }).map(({ label }) => label);
    expect(labels("low", "high")).toEqual(["a", "c"]);
    expect(labels("low", "low")).toEqual(["a", "b"]);
    expect(labels("high", "high")).toEqual(["c"]);
    expect(labels("high", "low")).toEqual(["b", "c"]);
    const twins = [
      { x: 1, y: 1 },
      { x: 1, y: 1 },
      { x: 1, y: 2 },
    ];
    expect(paretoFront(twins, { x: "low", y: "low" })).toHaveLength(2);
  });
  test("puts points where their numbers are, and marks the front in its table", () => {
    const [x, y] = [all(drawScatter(), "circle", "cx"), all(drawScatter(), "circle", "cy")];
    expect(x).toHaveLength(3);
    expect(x[1]! - x[0]!).toBeCloseTo(x[2]! - x[1]!, 6); // equal ratios
    expect((y[0]! - y[2]!) / (y[1]! - y[0]!)).toBeCloseTo(4, 6);
    expect(drawScatter().table!.columns).toEqual(["point", "parameters", "accuracy", "on the front"]);
    expect(drawScatter().table!.rows.map((row) => row[3])).toEqual(["yes", "no", "yes", "no"]);
  });
  test("draws an interval from its low to its high end, at its point's x", () => {
    const ranged = scatter(
      [{ name: "kind", points: [...points, { x: 50, y: 0.6, interval: [0.45, 0.9] }] }],
      { ...caption, ...axes },
    );
    const [line, dots] = [all(ranged, "g[data-layer=rule] line", "y1"), all(ranged, "circle", "cy")];
    expect(line).toHaveLength(1);
    const ends = [line[0]!, all(ranged, "g[data-layer=rule] line", "y2")[0]!];
    expect(Math.min(...ends)).toBeCloseTo(dots[2]!, 6); // 0.9, as point c
    expect(Math.max(...ends)).toBeCloseTo((dots[0]! + dots[1]!) / 2, 6); // 0.45, between a and b
    expect(ranged.table!.columns).toEqual(["point", "parameters", "accuracy", "from", "to"]);
    expect(ranged.table!.rows.map((row) => row.slice(3))).toEqual([
      ["", ""],
      ["", ""],
      ["", ""],
      [0.45, 0.9],
    ]);
  });
  test("names what it can't draw", () => {
    const one = (x: number) => () => scatter([{ name: "s", points: [{ x, y: 1 }] }], { ...caption, ...axes });
    expect(one(0)).toThrow('scatter: expected positive numbers for "parameters", got 0 in "s"');
    expect(one(NaN)).toThrow('got NaN in "s"');
  });
});

describe("heatMap", () => {
  const cells = "g[data-layer=rect] rect";
  test("gives each number its share of the colour, row by row", () => {
    expect(all(drawHeatMap(), cells, "fill-opacity")).toEqual([0, 0.13, 0.25, 0.38, 0.5, 1]);
    const [x, y] = [all(drawHeatMap(), cells, "x"), all(drawHeatMap(), cells, "y")];
    expect(x[1]! - x[0]!).toBeCloseTo(x[2]! - x[1]!, 1);
    expect(y[3]!).toBeGreaterThan(y[0]!); // the first row stands on top
    expect(drawHeatMap().table!.columns).toEqual(["layer \\ head", "p", "q", "r"]);
    expect(drawHeatMap().table!.rows).toEqual([
      [0, 0, 1, 2],
      [1, 3, 4, 8],
    ]);
  });
  test("names what it can't draw", () => {
    const sides = { rows: { label: "r" }, columns: { label: "c" }, value: "v" };
    const map =
      (values: number[][], more = {}) =>
      () =>
        heatMap(values, { ...caption, ...sides, ...more });
    expect(map([])).toThrow("heatMap: expected 1 to 64 rows and columns, got 0 × 0");
    expect(map([new Array<number>(65).fill(0)])).toThrow("got 1 × 65: crop or average them");
    expect(map([[1, 2], [3]])).toThrow("heatMap: expected 2 finite numbers in each row, got [3]");
    expect(map([[NaN]])).toThrow("got [NaN]");
    expect(map([[2]], { domain: [0, 1] })).toThrow("heatMap: expected numbers from 0 to 1, got 2");
    expect(map([[2]], { rows: { label: "r", names: ["a", "b"] } })).toThrow(
      'heatMap: expected 1 names along "r", got 2',
    );
  });
  test("draws a constant matrix, and the largest one in a page's weight", () => {
    const sides = { rows: { label: "r" }, columns: { label: "c" }, value: "v" };
    const constant = heatMap([[3, 3]], { ...caption, ...sides });
    expect(all(constant, cells, "fill-opacity")).toEqual([0, 0]);
    const large = Array.from({ length: 64 }, (_, y) => Array.from({ length: 64 }, (_, x) => Math.sin(x * y)));
    expect(heatMap(large, { ...caption, ...sides }).svg.length).toBeLessThan(80 * 64 * 64);
  });
});

describe("attentionMap", () => {
  test("shows weights from 0 to 1", () => {
    expect(all(drawAttention(), "g[data-layer=rect] rect", "fill-opacity")).toEqual([1, 0, 0.25, 0.75]);
  });
  test("refuses rows that are no distributions, and tokens that do not fit", () => {
    const map =
      (rows: number[][], tokens = ["a", "b"]) =>
      () =>
        attentionMap(rows, tokens, caption);
    expect(
      map([
        [0.5, 0.4],
        [0, 1],
      ]),
    ).toThrow("to be a distribution, got [0.5,0.4] in row 0");
    expect(
      map([
        [1, 0],
        [1.5, -0.5],
      ]),
    ).toThrow("got [1.5,-0.5] in row 1");
    expect(map([[1, 0]])).toThrow('expected 1 names along "query", got 2');
  });
});

describe("bars with intervals", () => {
  test("draws each interval from end to end, in the scale of its bar", () => {
    const heights = all(drawBars(), "g[data-layer=rect] rect", "height");
    const [from, to] = ["y1", "y2"].map((name) => all(drawBars(), "g[data-layer=rule] line", name));
    const lengths = from!.slice(0, 2).map((y, i) => Math.abs(y - to![i]!));
    expect(lengths[1]! / lengths[0]!).toBeCloseTo(1.5, 6); // 3 to 6 against 1 to 3
    expect(lengths[0]! / (heights[0]! + 1)).toBeCloseTo(1, 1); // a bar of 2 units, drawn with insets of 0.5
    expect(drawBars().table!.columns).toEqual(["rank", "one", "one, low", "one, high"]);
    expect(drawBars().table!.rows).toEqual([
      ["a", 2, 1, 3],
      ["b", 4, 3, 6],
    ]);
  });
  test("names intervals that are not around their values", () => {
    const draw = (intervals: [number, number][]) => () =>
      bars(["a"], [{ name: "one", values: [2], intervals }], { ...caption, x: axes.x, y: axes.y });
    expect(draw([[3, 4]])).toThrow('bars: expected an interval around each of [2] for "one", got [3,4]');
    expect(draw([])).toThrow("expected an interval around each of [2]");
    expect(draw([[1, NaN]])).toThrow("got [1,NaN]");
  });
});
