import * as Plot from "@observablehq/plot";
import { type Axis, type Caption, draw, type Figure, grid, seriesColour } from "#lab/figure/figure";

/** Numbers whose distribution is drawn. */
export interface Sample {
  name: string;
  values: ArrayLike<number>;
}

/** How many values of each sample lie in [edges[i], edges[i + 1]); the last bin holds its upper edge too. */
export interface Bins {
  edges: number[]; // [bins + 1]
  counts: number[][]; // [samples][bins]
}

/**
 * A figure of one or more distributions over the same bins, as shares of each sample.
 * @throws when a sample is empty or has a value that is not finite, or bins is not a positive integer
 */
export function histogram(
  samples: readonly Sample[],
  options: Caption & { x: Pick<Axis, "label">; bins?: number },
): Figure {
  const { title, description, x, bins = 20 } = options;
  const { edges, counts } = binned(samples, bins);
  const shares = counts.map((own) => {
    const total = own.reduce((sum, count) => sum + count, 0);
    return own.map((count) => count / total);
  });
  const marks = shares.flatMap((own, index) => {
    const colour = seriesColour(index);
    const data = own.map((share, i) => ({ x1: edges[i]!, x2: edges[i + 1]!, share }));
    const outline = [
      { x: edges[0]!, share: 0 },
      ...own.flatMap((share, i) => [edges[i]!, edges[i + 1]!].map((at) => ({ x: at, share }))),
      { x: edges.at(-1)!, share: 0 },
    ];
    const dashes = index % 2 ? { strokeDasharray: "6 4" } : {};
    return [
      Plot.rectY(data, { x1: "x1", x2: "x2", y: "share", fill: colour, fillOpacity: 0.3, inset: 0 }),
      Plot.line(outline, { x: "x", y: "share", stroke: colour, strokeWidth: 1.75, ...dashes }),
    ];
  });
  const scale = (label: string) => ({ label, labelAnchor: "center" as const, labelArrow: "none" as const });
  const { svg } = draw(
    {
      x: { ...scale(x.label), domain: [edges[0]!, edges.at(-1)!], ticks: 6 },
      y: { ...scale("share of values"), nice: true, ticks: 5, zero: true },
      marks: [grid(), ...marks, Plot.ruleY([0], { stroke: "currentColor" })],
    },
    samples.map(({ name }, index) => ({ name, colour: seriesColour(index), dashed: index % 2 === 1 })),
    { title, description },
  );
  const rows = Array.from({ length: bins }, (_, i) => [
    edges[i]!,
    edges[i + 1]!,
    ...counts.map((c) => c[i]!),
  ]);
  const columns = [`${x.label}, from`, "to", ...samples.map(({ name }) => name)];
  return { figure: true, title, description, svg, table: { columns, rows } };
}

/**
 * Counts in bins of equal width from the smallest to the largest value of all samples.
 * @throws as `histogram` does
 */
export function binned(samples: readonly Sample[], bins: number): Bins {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new Error(`histogram: expected a positive number of bins, got ${bins}`);
  }
  let [low, high] = [Infinity, -Infinity];
  for (const { name, values } of samples) {
    const own = Array.from(values);
    const wrong = own.find((value) => !Number.isFinite(value));
    if (own.length === 0 || wrong !== undefined) {
      throw new Error(`histogram: expected finite values for "${name}", got ${wrong ?? "none"}`);
    }
    for (const value of own) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  // Values that are all the same get a bin around them.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  const counts = samples.map(({ values }) => {
    const own = new Array<number>(bins).fill(0);
    for (const value of Array.from(values)) {
      // The quotient may round across an edge; the edges decide.
      let i = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
      if (value < edges[i]!) i--;
      else if (i < bins - 1 && value >= edges[i + 1]!) i++;
      own[i]!++;
    }
    return own;
  });
  return { edges, counts };
}
