import * as Plot from "@observablehq/plot";
import {
  type Axis,
  type Caption,
  draw,
  type Figure,
  grid,
  type PointSymbol,
  seriesColour,
} from "#lab/figure/figure";
import { labelPlaces } from "#lab/figure/label-place";

/** A point, with a name where it needs one. */
export interface Point {
  x: number;
  y: number;
  label?: string;
  /** The ends of a line through the point, along y: how far the number may be off. */
  interval?: readonly [low: number, high: number];
}

/** Points of one kind. */
export interface PointSeries {
  name: string;
  points: readonly Point[];
}

/** Which end of each axis is the better one. */
export interface Better {
  x: "low" | "high";
  y: "low" | "high";
}

/** Shapes besides colours: kinds are told apart without colour. */
const symbols: readonly PointSymbol[] = ["circle", "square", "triangle", "diamond"];

/**
 * A figure of points; with `better`, also their Pareto front over all kinds as a dashed line of steps.
 * @throws when a point is not finite, or one that a log axis cannot show
 */
export function scatter(
  series: readonly PointSeries[],
  options: Caption & { x: Axis; y: Axis; better?: Better },
): Figure {
  const { title, description, x, y, better } = options;
  for (const { name, points } of series) for (const point of points) requireShown(point, name, { x, y });
  const all = series.flatMap(({ points }) => points);
  const front = better ? paretoFront(all, better) : [];
  const dots = series.map(({ points }, index) => {
    const symbol = symbols[index % 4]!;
    return Plot.dot(points, {
      x: "x",
      y: "y",
      symbol,
      r: 4.5,
      fill: seriesColour(index),
      stroke: "var(--paper)",
    });
  });
  const intervals = series.map(({ points }, index) =>
    Plot.ruleX(
      points.filter(({ interval }) => interval),
      {
        x: "x",
        y1: (point: Point) => point.interval![0],
        y2: (point: Point) => point.interval![1],
        stroke: seriesColour(index),
        strokeWidth: 1.5,
      },
    ),
  );
  const line = { stroke: "var(--ink-muted)", strokeWidth: 1.5, strokeDasharray: "6 4" };
  // From point to point, the front stays at the worse y until the next point's x is reached.
  const curve = better?.x === "high" ? "step-before" : "step-after";
  const marks = front.length ? [Plot.lineY(front, { x: "x", y: "y", curve, ...line })] : [];
  const scale = ({ label, log }: Axis, values: number[]) => ({
    label,
    labelAnchor: "center" as const,
    labelArrow: "none" as const,
    ...(log
      ? { type: "log" as const, ticks: logTicks(values), tickFormat: compact }
      : { nice: true, ticks: 5 }),
  });
  const kinds = series.map(({ name }, index) => ({
    name,
    colour: seriesColour(index),
    symbol: symbols[index % 4]!,
  }));
  const legend = better
    ? [...kinds, { name: "Pareto front", colour: "var(--ink-muted)", dashed: true }]
    : kinds;
  const { svg } = draw(
    {
      x: {
        ...scale(
          x,
          all.map((point) => point.x),
        ),
        // Names mostly stand above their points, centred: half of the longest must fit beside the last point.
        inset: 12 + 3.5 * Math.max(...all.map(({ label = "" }) => label.length)),
      },
      y: {
        ...scale(
          y,
          all.map((point) => point.y),
        ),
        inset: 8,
      },
      marks: [grid(), ...marks, ...intervals, ...dots, names(all)],
    },
    legend,
    { title, description },
  );
  const ranged = all.some(({ interval }) => interval);
  const rows = series.flatMap(({ name, points }) =>
    points.map((point) => [
      point.label ?? name,
      point.x,
      point.y,
      ...(ranged ? (point.interval ?? ["", ""]) : []),
      ...(better ? [front.includes(point) ? "yes" : "no"] : []),
    ]),
  );
  const columns = [
    ...["point", x.label, y.label],
    ...(ranged ? ["from", "to"] : []),
    ...(better ? ["on the front"] : []),
  ];
  return { figure: true, title, description, svg, table: { columns, rows } };
}

/** The points' names, each where it covers neither a point nor another name. */
function names(points: readonly Point[]): Plot.Markish {
  const named = points.filter(({ label }) => label);
  const channels = { x: "x", y: "y", text: "label", fill: "currentColor" };
  const halo = { stroke: "var(--paper)" }; // where a name meets a line
  return Plot.text(
    [...named, ...points.filter(({ label }) => !label)],
    Plot.initializer({ ...channels, ...halo }, (data, facets, { x: X, y: Y }, scales, dimensions) => {
      const { width, height, marginLeft, marginRight, marginTop, marginBottom } = dimensions;
      const [toX, toY] = [scales.x, scales.y] as unknown as ((value: number) => number)[];
      const at = (data as Point[]).map(({ label = "" }, i) => ({
        label,
        x: toX!((X!.value as number[])[i]!),
        y: toY!((Y!.value as number[])[i]!),
      }));
      const frame = {
        left: marginLeft,
        right: width - marginRight,
        top: marginTop - 16, // the legend leaves this much
        bottom: height - marginBottom,
      };
      const places = labelPlaces(at, frame);
      return {
        data,
        facets,
        channels: { x: { value: places.map(({ x }) => x) }, y: { value: places.map(({ y }) => y) } },
      };
    }),
  );
}

/**
 * The points that no other is better than: none is at least as good on both axes and better on one. In the order of x;
 * points that are equal stay together.
 */
export function paretoFront(points: readonly Point[], better: Better): Point[] {
  const cost = ({ x, y }: Point) => [better.x === "low" ? x : -x, better.y === "low" ? y : -y] as const;
  const beats = (a: Point, b: Point) => {
    const [[ax, ay], [bx, by]] = [cost(a), cost(b)];
    return ax <= bx && ay <= by && (ax < bx || ay < by);
  };
  return points.filter((one) => !points.some((other) => beats(other, one))).sort((a, b) => a.x - b.x);
}

/** The powers of ten among the values' range; its ends where there are not two. */
function logTicks(values: number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const powers = Array.from(
    { length: Math.max(0, Math.floor(Math.log10(high) + 1e-9) - first + 1) },
    (_, i) => Number(`1e${first + i}`),
  );
  return powers.length > 1 ? powers : [low, high];
}

/** 10K rather than 10000, so that names of ticks do not meet. */
function compact(value: number): string {
  const digits = { notation: "compact", maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat("en", digits).format(value);
}

function requireShown(point: Point, name: string, axes: { x: Axis; y: Axis }): void {
  for (const axis of ["x", "y"] as const) {
    const { label, log } = axes[axis];
    if (Number.isFinite(point[axis]) && !(log && point[axis] <= 0)) continue;
    const expected = log ? "positive" : "finite";
    throw new Error(`scatter: expected ${expected} numbers for "${label}", got ${point[axis]} in "${name}"`);
  }
}
