import * as Plot from "@observablehq/plot";
import { type Axis, type Caption, draw, type Figure, grid, seriesColour } from "#lab/figure/figure";

/** A line: its y values at x = 0, 1, … or at the x values given. */
export interface Series {
  name: string;
  y: readonly number[];
  x?: readonly number[];
  /** Drawn with dashes: told apart without colour. */
  dashed?: boolean;
  /** Which of the four colours, from 0; the series' own place if left out. */
  colour?: number;
}

/** The most points of a line that are drawn as dots too. */
const MOST_DOTS = 40;

/**
 * A figure of one or more lines.
 * @throws when a series has x and y of different lengths, a value that is not finite, or one that a log axis cannot show
 */
export function curve(series: readonly Series[], options: Caption & { x: Axis; y: Axis }): Figure {
  const { title, description, x, y } = options;
  const points = series.map((one) => {
    const at = one.x ?? one.y.map((_, index) => index);
    if (at.length !== one.y.length) {
      throw new Error(`curve: expected ${one.y.length} x values for "${one.name}", got ${at.length}`);
    }
    return one.y.map((value, index) => ({
      x: requireShown(at[index]!, x, one),
      y: requireShown(value, y, one),
    }));
  });
  const looks = series.map((one, index) => ({ ...one, stroke: seriesColour(one.colour ?? index) }));
  const marks = looks.map(({ stroke, dashed }, index) => [
    Plot.lineY(points[index], {
      x: "x",
      y: "y",
      stroke,
      strokeWidth: 2.5,
      ...(dashed && { strokeDasharray: "6 4" }),
    }),
    // Many dots hide the line that they stand on.
    ...(points[index]!.length > MOST_DOTS
      ? []
      : [Plot.dot(points[index], { x: "x", y: "y", r: 3, fill: stroke, stroke: "none" })]),
  ]);
  const scale = ({ label, log }: Axis) => ({ label, labelAnchor: "center" as const, type: scaleType(log) });
  const { svg } = draw(
    {
      x: { ...scale(x), labelArrow: "none" },
      y: {
        ...scale(y),
        labelArrow: "none",
        ...(y.log ? { ticks: 5, tickFormat: "~g" } : { nice: true, ticks: 5 }),
      },
      marks: [grid(), ...marks.flat()],
    },
    looks.map(({ name, stroke, dashed }) => ({ name, colour: stroke, dashed })),
    { title, description },
  );
  const rows = series.flatMap(({ name }, index) => points[index]!.map((point) => [name, point.x, point.y]));
  return { figure: true, title, description, svg, table: { columns: ["series", x.label, y.label], rows } };
}

function scaleType(log: boolean | undefined): "log" | "linear" {
  return log ? "log" : "linear";
}

function requireShown(value: number, { label, log }: Axis, { name }: Series): number {
  if (!Number.isFinite(value) || (log && value <= 0)) {
    throw new Error(
      `curve: expected ${log ? "positive" : "finite"} numbers for "${label}", got ${value} in "${name}"`,
    );
  }
  return value;
}
