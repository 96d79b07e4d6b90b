import type { Caption, Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";

/**
 * A figure of one head's attention weights: a row per query, a column per key, both named by their tokens. White space
 * in a token is drawn as a sign that can be seen.
 * @param weights [queries][keys], each row a distribution
 * @param tokens of the queries; and of the keys, if `keys` is left out
 * @throws when a row is not a distribution (to 1e-3), and as `heatMap` does
 */
export function attentionMap(
  weights: readonly (readonly number[])[],
  tokens: readonly string[],
  { keys = tokens, ...caption }: Caption & { keys?: readonly string[] },
): Figure {
  weights.forEach((row, t) => {
    const total = row.reduce((sum, weight) => sum + weight, 0);
    if (row.every((weight) => weight >= 0 && weight <= 1.001) && Math.abs(total - 1) <= 1e-3) return;
    throw new Error(
      `attentionMap: expected each row to be a distribution, got [${row}] in row ${t}: pass softmax's result`,
    );
  });
  return heatMap(
    // Rounding may leave a weight just above 1.
    weights.map((row) => row.map((weight) => Math.min(1, weight))),
    {
      ...caption,
      rows: { label: "query", names: tokens.map(visible) },
      columns: { label: "key", names: keys.map(visible) },
      value: "weight",
      domain: [0, 1],
    },
  );
}

function visible(token: string): string {
  return token.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥");
}
