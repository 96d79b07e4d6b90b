import * as Plot from "@observablehq/plot";
import { type Caption, draw, type Figure, seriesColour, width } from "#lab/figure/figure";

/** One side of a heat map: what runs along it, and the name of each place where the places have names. */
export interface Side {
  label: string;
  names?: readonly string[];
}

/** What a heat map needs besides its numbers. */
export interface HeatMapOptions extends Caption {
  /** Down the left side. */
  rows: Side;
  /** Along the bottom. */
  columns: Side;
  /** What the colour means, with its unit. */
  value: string;
  /** The numbers of no colour and of full colour; the smallest and largest number if left out. */
  domain?: readonly [low: number, high: number];
}

/** The most rows or columns: more are smaller than a letter, and make a heavy page. */
const most = 64;

/**
 * A figure of a matrix: a cell per number, from the paper's colour (low) to the first series colour (high).
 * @param values [rows][columns]
 * @throws when there are none or too many, rows differ in length, a number is not finite or outside the domain, or
 * names do not fit
 */
export function heatMap(values: readonly (readonly number[])[], options: HeatMapOptions): Figure {
  const { title, description, rows, columns, value } = options;
  const [height, across] = [values.length, values[0]?.length ?? 0];
  requireMatrix(values, options);
  const all = values.flat();
  const [low, high] = options.domain ?? [Math.min(...all), Math.max(...all)];
  const outside = all.find((number) => number < low || number > high);
  if (outside !== undefined || low > high) {
    throw new Error(`heatMap: expected numbers from ${low} to ${high}, got ${outside ?? "no such range"}`);
  }
  const cells = values.flatMap((row, y) =>
    row.map((number, x) => {
      // Two decimals: more cannot be seen, and would double the size of the page.
      const opacity = Math.round((100 * (number - low)) / (high - low || 1)) / 100;
      return { x1: x - 0.5, x2: x + 0.5, y1: y - 0.5, y2: y + 0.5, opacity };
    }),
  );
  const marginLeft = 34 + 8 * longest(rows, height);
  const side = Math.min((width - marginLeft - 16) / across, 60);
  const upright = 8 * longest(columns, across) > side * stride(across) - 4;
  const marginBottom = 44 + (upright ? 7 * longest(columns, across) - 14 : 0);
  const plotHeight = Math.min(Math.max(side * height, 60), 400);
  const scale = (label: string) => ({ label, labelAnchor: "center" as const, labelArrow: "none" as const });
  const ticks = ({ names }: Side, count: number) => ({
    ticks: Array.from({ length: count }, (_, place) => place).filter((place) => place % stride(count) === 0),
    tickFormat: (place: number) => names?.[place] ?? String(place),
    tickSize: 0,
  });
  const { svg } = draw(
    {
      height: Math.round(plotHeight + 48 + marginBottom),
      marginLeft,
      marginTop: 48,
      marginBottom,
      x: {
        ...scale(columns.label),
        domain: [-0.5, across - 0.5],
        ...ticks(columns, across),
        ...(upright && { tickRotate: -90 }),
      },
      y: { ...scale(rows.label), domain: [height - 0.5, -0.5], ...ticks(rows, height) },
      opacity: { type: "identity" },
      marks: [
        Plot.rect(cells, {
          x1: "x1",
          x2: "x2",
          y1: "y1",
          y2: "y2",
          fill: seriesColour(0),
          fillOpacity: "opacity",
        }),
        Plot.frame({ stroke: "var(--rule-strong)" }),
      ],
    },
    [{ name: `${value}: ${shown(low)} to ${shown(high)}`, colour: seriesColour(0), ramp: true }],
    { title, description },
  );
  // Hundredths are finer than a screen, and halve what a large map weighs.
  const light = svg.replace(/ (x|y|width|height)="(\d+\.\d{3,})"/g, (_, name: string, number: string) => {
    return ` ${name}="${Number(Number(number).toFixed(2))}"`;
  });
  const named = ({ names }: Side, place: number) => names?.[place] ?? place;
  return {
    figure: true,
    title,
    description,
    svg: light,
    table: {
      columns: [
        `${rows.label} \\ ${columns.label}`,
        ...Array.from({ length: across }, (_, x) => String(named(columns, x))),
      ],
      rows: values.map((row, y) => [named(rows, y), ...row]),
    },
  };
}

/** Every how many places one is named. */
function stride(count: number): number {
  return Math.ceil(count / 24);
}

/** Letters of the longest name on a side, 12 at most. */
function longest({ names }: Side, count: number): number {
  return Math.min(12, Math.max(...(names ?? [String(count - 1)]).map((name) => name.length)));
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function requireMatrix(values: readonly (readonly number[])[], { rows, columns }: HeatMapOptions): void {
  const across = values[0]?.length ?? 0;
  const size = `${values.length} × ${across}`;
  if (values.length < 1 || across < 1 || values.length > most || across > most) {
    throw new Error(`heatMap: expected 1 to ${most} rows and columns, got ${size}: crop or average them`);
  }
  for (const row of values) {
    if (row.length === across && row.every(Number.isFinite)) continue;
    throw new Error(`heatMap: expected ${across} finite numbers in each row, got [${row}]`);
  }
  for (const [{ label, names }, count] of [[rows, values.length] as const, [columns, across] as const]) {
    if (!names || names.length === count) continue;
    throw new Error(`heatMap: expected ${count} names along "${label}", got ${names.length}`);
  }
}
