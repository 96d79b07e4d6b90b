import * as Plot from "@observablehq/plot";
import { type Axis, type Caption, draw, type Figure, grid, seriesColour } from "#lab/figure/figure";

/** One group of bars: a value for each category. */
export interface BarSeries {
  name: string;
  values: readonly number[];
}

/**
 * A figure of bars, those of one category side by side.
 * @param categories what stands below the bars, in order
 * @throws when a series has not one finite value per category
 */
export function bars(
  categories: readonly (string | number)[],
  series: readonly BarSeries[],
  options: Caption & { x: Pick<Axis, "label">; y: Pick<Axis, "label"> },
): Figure {
  const { title, description, x, y } = options;
  for (const { name, values } of series) {
    if (values.length !== categories.length || !values.every(Number.isFinite)) {
      throw new Error(`bars: expected ${categories.length} finite values for "${name}", got [${values}]`);
    }
  }
  const share = 0.8 / series.length; // of the room of one category
  const marks = series.map(({ values }, index) => {
    const left = -0.4 + index * share;
    const data = values.map((value, place) => ({ x1: place + left, x2: place + left + share, value }));
    return Plot.rectY(data, { x1: "x1", x2: "x2", y: "value", fill: seriesColour(index), inset: 0.5 });
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
      marks: [grid(), ...marks, Plot.ruleY([0], { stroke: "currentColor" })],
    },
    series.map(({ name }, index) => ({ name, colour: seriesColour(index) })),
    { title, description },
  );
  const rows = categories.map((category, place) => [category, ...series.map(({ values }) => values[place]!)]);
  return {
    figure: true,
    title,
    description,
    svg,
    table: { columns: [x.label, ...series.map((s) => s.name)], rows },
  };
}
