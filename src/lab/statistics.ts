/** A number that stands for several runs, and the runs behind it: the two fields of a claim. */
export interface OverSeeds {
  measured: number;
  details: Record<string, number>;
}

/**
 * The arithmetic mean.
 * @throws when there are no values
 */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error("mean: expected at least one value, got none");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The lowest of one number per seed: what must be large is judged by its worst seed. */
export function lowest(perSeed: readonly number[]): OverSeeds {
  return over(perSeed, Math.min(...perSeed));
}

/** The highest of one number per seed: what must be small is judged by its worst seed. */
export function highest(perSeed: readonly number[]): OverSeeds {
  return over(perSeed, Math.max(...perSeed));
}

/** The mean of one number per seed. */
export function average(perSeed: readonly number[]): OverSeeds {
  return over(perSeed, mean(perSeed));
}

function over(perSeed: readonly number[], measured: number): OverSeeds {
  return { measured, details: Object.fromEntries(perSeed.map((value, index) => [`seed ${index}`, value])) };
}
