import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

export interface ClickLog {
  /** The item in each of the 6 fields; all fields draw from one vocabulary of 24. */
  items: Int32Array; // [count, 6]
  clicks: Int32Array; // [count], 0 or 1
  /** z, the log-odds that the clicks were drawn with: the best score that there is. */
  logOdds: Float32Array; // [count]
}

export const clickFields = 6;
export const clickItems = 24;

/**
 * A synthetic click log in which what two items mean to each other depends on their fields, as in "Hiformer" (arXiv
 * 2311.05884): items have hidden vectors u in R^4; 8 of the 15 pairs of fields interact, each through its own random
 * rotation M_ij: z = sum over pairs u_i^T M_ij u_j, scaled to a standard deviation of 2.5; click ~ Bernoulli(sigmoid(z)).
 * Items are uniform. The seed draws the world and the log together: split one log rather than drawing two.
 * @throws when count is below 2
 */
export function clickLog(random: Random, count: number): ClickLog {
  if (!(Number.isInteger(count) && count >= 2))
    throw new Error(`clickLog: expected a count of 2 or more, got ${count}`);
  const hidden = Array.from({ length: clickItems }, () => Array.from({ length: 4 }, () => normal(random)));
  const pairs: [number, number][] = [];
  for (let i = 0; i < clickFields; i++) for (let j = i + 1; j < clickFields; j++) pairs.push([i, j]);
  const interactions = random
    .shuffle(pairs)
    .slice(0, 8)
    .map(([i, j]) => {
      const rotation = randomRotation(random);
      // u_a^T M u_b of every two items, once.
      const scores = hidden.map((a) =>
        hidden.map((b) =>
          dot(
            a,
            rotation.map((row) => dot(row, b)),
          ),
        ),
      );
      return { i, j, scores };
    });
  const items = random.integers(count * clickFields, clickItems);
  const raw = Array.from({ length: count }, (_, row) =>
    interactions.reduce(
      (sum, { i, j, scores }) => sum + scores[items[row * clickFields + i]!]![items[row * clickFields + j]!]!,
      0,
    ),
  );
  const mean = raw.reduce((sum, z) => sum + z, 0) / count;
  const std = Math.sqrt(raw.reduce((sum, z) => sum + (z - mean) ** 2, 0) / count);
  const logOdds = Float32Array.from(raw, (z) => (2.5 * z) / std);
  const clicks = Int32Array.from(logOdds, (z) => (random.next() < 1 / (1 + Math.exp(-z)) ? 1 : 0));
  return { items, clicks, logOdds };
}

/** A random orthogonal matrix of R^4 (a rotation or a mirrored one): Gaussian rows made orthonormal by Gram-Schmidt. */
function randomRotation(random: Random): number[][] {
  const rows: number[][] = [];
  while (rows.length < 4) {
    let row = Array.from({ length: 4 }, () => normal(random));
    for (const other of rows) {
      const along = dot(row, other);
      row = row.map((value, i) => value - along * other[i]!);
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

export const about: About = {
  title: "Click logs",
  description:
    "Six fields of items from one vocabulary, whose interaction depends on the fields, and whether it was clicked.",
  size: "Any number of rows, from a seed; 6 fields, 24 items, 8 of 15 pairs of fields interact.",
  use: 'import { clickLog } from "#lab/dataset/click-log";\nimport { random } from "#lab/random";\n\nconst { items, clicks } = clickLog(random(0), 40000); // [40000, 6], [40000]',
  samples() {
    const { items, clicks, logOdds } = clickLog(random(0), 2000);
    const lines = Array.from(
      clicks.subarray(0, 10),
      (click, row) =>
        `${Array.from(items.subarray(row * 6, row * 6 + 6), (item) => String(item).padStart(2)).join(" ")}   log-odds ${logOdds[row]!.toFixed(2).padStart(5)}   ${click ? "clicked" : "not clicked"}`,
    );
    return [{ kind: "text", title: "The first ten rows", lines }];
  },
};
