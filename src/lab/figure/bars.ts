import * as Plot from "@observablehq/plot";
import { type Axis, type Caption, draw, type Figure, grid, seriesColour } from "#lab/figure/figure";

/** One group of bars: a value for each category. */
export interface BarSeries {
  name: string;
  values: readonly number[];
  /** The lower and upper end around each value: what the ends mean belongs into the description. */
  intervals?: readonly (readonly [low: number, high: number])[];
}

/**
 * A figure of bars, those of one category side by side, each with its interval where one is given.
 * @param categories what stands below the bars, in order
 * @throws when a series has not one finite value per category, or not one interval around each value
 */
export function bars(
  categories: readonly (string | number)[],
  series: readonly BarSeries[],
  options: Caption & { x: Pick<Axis, "label">; y: Pick<Axis, "label"> },
): Figure {
  const { title, description, x, y } = options;
  for (const one of series) {
    const { name, values } = one;
    requireIntervals(one);
    if (values.length !== categories.length || !values.every(Number.isFinite)) {
      throw new Error(`bars: expected ${categories.length} finite values for "${name}", got [${values}]`);
    }
  }
  const share = 0.8 / series.length; // of the room of one category
  const marks = series.map(({ values, intervals }, index) => {
    const left = -0.4 + index * share;
    const data = values.map((value, place) => ({ x1: place + left, x2: place + left + share, value }));
    const bar = Plot.rectY(data, { x1: "x1", x2: "x2", y: "value", fill: seriesColour(index), inset: 0.5 });
    return intervals ? [bar, ...whiskers(intervals, left + share / 2, share / 4)] : [bar];
  });
  const { svg } = draw(
    {
      x: {
        label: x.label,
        labelAnchor: "center",
        labelArrow: "none",
        domain: [-0.5, categories.length - 0.5],
        ticks: categories.map((_, place) => place),
        tickFormat: (place: number) => String(categories[place]),
      },
      y: { label: y.label, labelAnchor: "center", labelArrow: "none", nice: true, ticks: 5 },
      marks: [grid(), ...marks.flat(), Plot.ruleY([0], { stroke: "currentColor" })],
    },
    series.map(({ name }, index) => ({ name, colour: seriesColour(index) })),
    { title, description },
  );
  const rows = categories.map((category, place) => [
    category,
    ...series.flatMap(({ values, intervals }) => [values[place]!, ...(intervals?.[place] ?? [])]),
  ]);
  const columns = series.flatMap(({ name, intervals }) => [
    name,
    ...(intervals ? [`${name}, low`, `${name}, high`] : []),
  ]);
  return {
    figure: true,
    title,
    description,
    svg,
    table: { columns: [x.label, ...columns], rows },
  };
}

/** A line from end to end of each interval, with a short line across at both, as wide as half a bar. */
function whiskers(intervals: NonNullable<BarSeries["intervals"]>, middle: number, half: number) {
  const ends = intervals.flatMap((interval, place) =>
    interval.map((y) => ({ x1: place + middle - half, x2: place + middle + half, y })),
  );
  const lines = intervals.map(([y1, y2], place) => ({ x: place + middle, y1, y2 }));
  const look = { stroke: "currentColor", strokeWidth: 1.5 };
  return [
    Plot.ruleX(lines, { x: "x", y1: "y1", y2: "y2", ...look }),
    Plot.ruleY(ends, { y: "y", x1: "x1", x2: "x2", ...look }),
  ];
}

function requireIntervals({ name, values, intervals }: BarSeries): void {
  if (!intervals) return;
  const fits = ([low, high]: readonly [number, number], place: number) =>
    Number.isFinite(low) && Number.isFinite(high) && low <= values[place]! && values[place]! <= high;
  if (intervals.length === values.length && intervals.every(fits)) return;
  const got = intervals.map((ends) => `[${ends}]`).join(", ");
  throw new Error(`bars: expected an interval around each of [${values}] for "${name}", got ${got}`);
}
