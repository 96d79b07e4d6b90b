import { parseHTML } from "linkedom";
import { beforeEach, describe, expect, test } from "vitest";
import { bars } from "#lab/figure/bars";
import { curve } from "#lab/figure/curve";
import { isFigure } from "#lab/figure/figure";
import { isTable, table } from "#lab/figure/table";
import { startSession } from "#lab/session";
import { startNodeSession } from "./device-case";

beforeEach(() => startNodeSession());

const caption = { title: "Growth & decay", description: "One line up, one line down." };
const axes = { x: { label: "block" }, y: { label: "loss (nats)" } };
const drawCurve = () =>
  curve(
    [
      { name: "up", y: [1, 10, 100] },
      { name: "down", y: [100, 10, 1], dashed: true, colour: 2 },
    ],
    { ...caption, x: axes.x, y: { ...axes.y, log: true } },
  );
const drawBars = () =>
  bars(
    ["a", "b"],
    [
      { name: "one", values: [1, -2] },
      { name: "two", values: [3, 4] },
    ],
    { ...caption, ...axes },
  );
const parse = (svg: string) => parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;

describe.each([
  ["curve", drawCurve],
  ["bars", drawBars],
])("%s", (_name, draw) => {
  test("is an accessible image with its names and labels", () => {
    const figure = draw();
    const svg = parse(figure.svg);
    expect(isFigure(figure)).toBe(true);
    expect(svg.getAttribute("role")).toBe("img");
    expect(svg.querySelector("title")!.textContent).toBe(caption.title);
    expect(svg.querySelector("desc")!.textContent).toBe(caption.description);
    for (const label of [
      "block",
      "loss (nats)",
      ...(figure.table!.rows[0]!.length === 3 && _name === "bars" ? ["one", "two"] : ["up", "down"]),
    ]) {
      expect(svg.textContent).toContain(label);
    }
  });
  test("scales with its column, and holds neither styles nor colours of its own", () => {
    const { svg } = draw();
    expect(parse(svg).getAttribute("viewBox")).toMatch(/^0 0 480 \d+$/);
    expect(parse(svg).hasAttribute("width")).toBe(false);
    expect(svg).not.toMatch(/<style|style=|class=|\bid=|#[0-9a-f]{3,6}\b|rgb\(|steelblue|NaN|undefined/i);
    expect(svg).toContain("var(--series-1)");
    expect(svg).toContain("var(--grid)");
  });
  test("is the same string every time", () => expect(draw().svg).toBe(draw().svg));
  test("needs a document", () => {
    startSession({});
    expect(draw).toThrow("draw: expected a session with a document, got none");
  });
});

describe("curve", () => {
  test("puts equal ratios at equal distances on a log axis", () => {
    const heights = [...parse(drawCurve().svg).querySelectorAll("circle")]
      .slice(0, 3)
      .map((dot) => Number(dot.getAttribute("cy")));
    expect(heights).toHaveLength(3);
    expect(heights[0]! - heights[1]!).toBeCloseTo(heights[1]! - heights[2]!, 6);
    expect(heights[0]!).toBeGreaterThan(heights[2]!);
  });
  test("draws a dot at each point of a short line, and a long line alone", () => {
    const dots = (points: number) => {
      const y = Array.from({ length: points }, (_, i) => i);
      return parse(curve([{ name: "s", y }], { ...caption, ...axes }).svg).querySelectorAll("circle").length;
    };
    expect([dots(40), dots(41)]).toEqual([40, 0]);
  });
  test("keeps its numbers as a table", () => {
    const { table } = drawCurve();
    expect(table!.columns).toEqual(["series", "block", "loss (nats)"]);
    expect(table!.rows).toHaveLength(6);
    expect(table!.rows[5]).toEqual(["down", 2, 1]);
  });
  test("names what it can't draw", () => {
    const one =
      (series: { y: number[]; x?: number[] }, log = false) =>
      () =>
        curve([{ name: "s", ...series }], { ...caption, x: axes.x, y: { ...axes.y, log } });
    expect(one({ y: [1, 2], x: [1] })).toThrow('curve: expected 2 x values for "s", got 1');
    expect(one({ y: [1, NaN] })).toThrow('expected finite numbers for "loss (nats)", got NaN in "s"');
    expect(one({ y: [1, 0] }, true)).toThrow('expected positive numbers for "loss (nats)", got 0 in "s"');
  });
});

describe("bars", () => {
  test("draws a bar per value, as high as the value", () => {
    const drawn = [...parse(drawBars().svg).querySelectorAll("rect")].map((bar) =>
      Number(bar.getAttribute("height")),
    );
    expect(drawn).toHaveLength(4);
    expect((drawn[2]! + 1) / (drawn[3]! + 1)).toBeCloseTo(3 / 4, 1);
    expect(drawBars().table!.rows).toEqual([
      ["a", 1, 3],
      ["b", -2, 4],
    ]);
  });
  test("names values that do not fit", () => {
    expect(() => bars(["a"], [{ name: "one", values: [1, 2] }], { ...caption, ...axes })).toThrow(
      'expected 1 finite values for "one", got [1,2]',
    );
  });
});

test("table", () => {
  const made = table("Sizes", ["d", "L"], [[32, 12]]);
  expect(isTable(made)).toBe(true);
  expect(isTable({})).toBe(false);
  expect(() => table("Sizes", ["d", "L"], [[32]])).toThrow('expected 2 cells in each row of "Sizes", got 1');
});
