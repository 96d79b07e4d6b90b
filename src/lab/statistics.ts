import type { Random } from "#lab/random";
import { tQuantile } from "#lab/t-distribution";

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

/**
 * The sample standard deviation √(Σ (x - mean)² / (n - 1)).
 * @throws when there are fewer than two values
 */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    throw new Error(`standardDeviation: expected at least two values, got ${values.length}`);
  }
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** How two ways compare over seeds that they share. */
export interface PairedDifference {
  /** Second minus first, one number per seed. */
  differences: number[];
  /** The mean difference, and the ends of its confidence interval. */
  mean: number;
  low: number;
  high: number;
  /** How many seeds have a difference above 0, and below 0. */
  positive: number;
  negative: number;
}

/**
 * The mean of second - first over pairs that share a seed, with the interval mean ± t s / √n of Student's t with n - 1
 * degrees of freedom (Student 1908, "The probable error of a mean"): what the seed does to both cancels.
 * @param confidence the probability that such an interval holds the true mean, if differences are normal
 * @throws when the lists differ in length, or have fewer than two numbers
 */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  confidence = 0.95,
): PairedDifference {
  requirePairs("pairedDifference", first, second);
  requireConfidence("pairedDifference", confidence);
  const differences = second.map((value, index) => value - first[index]!);
  const centre = mean(differences);
  const t = tQuantile((1 + confidence) / 2, differences.length - 1);
  const reach = (t * standardDeviation(differences)) / Math.sqrt(differences.length);
  return {
    differences,
    mean: centre,
    low: centre - reach,
    high: centre + reach,
    positive: differences.filter((difference) => difference > 0).length,
    negative: differences.filter((difference) => difference < 0).length,
  };
}

/**
 * The percentile bootstrap interval of a statistic: the middle `confidence` of its values over samples drawn with
 * replacement (Efron 1979, "Bootstrap methods: another look at the jackknife"). The same generator state gives the
 * same interval.
 * @throws when there are no values, or resamples is not a positive integer
 */
export function bootstrapInterval(
  values: readonly number[],
  random: Random,
  options: { statistic?: (sample: number[]) => number; confidence?: number; resamples?: number } = {},
): { low: number; high: number } {
  const { statistic = mean, confidence = 0.95, resamples = 2000 } = options;
  requireConfidence("bootstrapInterval", confidence);
  if (values.length === 0 || !Number.isInteger(resamples) || resamples < 1) {
    const got = `${values.length} values and ${resamples} resamples`;
    throw new Error(`bootstrapInterval: expected at least one value and one resample, got ${got}`);
  }
  const drawn = Array.from({ length: resamples }, () =>
    statistic(Array.from(random.integers(values.length, values.length), (index) => values[index]!)),
  ).sort((a, b) => a - b);
  return { low: quantile(drawn, (1 - confidence) / 2), high: quantile(drawn, (1 + confidence) / 2) };
}

/** Between the sorted values on both sides of place p (n - 1), linearly. */
function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/**
 * Pearson's correlation Σ (x - mean x)(y - mean y) / √(Σ (x - mean x)² Σ (y - mean y)²), in [-1, 1].
 * @throws when the lists differ in length, have fewer than two numbers, or one of them is constant
 */
export function correlation(x: readonly number[], y: readonly number[]): number {
  requirePairs("correlation", x, y);
  const { xx, xy, yy } = products(x, y);
  if (xx === 0 || yy === 0) throw new Error(`correlation: expected numbers that vary, got [${xx ? y : x}]`);
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/**
 * The slope of the line through the points by least squares, Σ (x - mean x)(y - mean y) / Σ (x - mean x)², in units of y
 * per unit of x.
 * @throws when the lists differ in length, have fewer than two numbers, or x is constant
 */
export function slope(x: readonly number[], y: readonly number[]): number {
  requirePairs("slope", x, y);
  const { xx, xy } = products(x, y);
  if (xx === 0) throw new Error(`slope: expected x that varies, got [${x}]`);
  return xy / xx;
}

/** Sums of products of deviations from the means. */
function products(x: readonly number[], y: readonly number[]): { xx: number; xy: number; yy: number } {
  const [meanX, meanY] = [mean(x), mean(y)];
  const sum = { xx: 0, xy: 0, yy: 0 };
  x.forEach((value, index) => {
    const [dx, dy] = [value - meanX, y[index]! - meanY];
    sum.xx += dx * dx;
    sum.xy += dx * dy;
    sum.yy += dy * dy;
  });
  return sum;
}

function requirePairs(name: string, first: readonly number[], second: readonly number[]): void {
  if (first.length === second.length && first.length >= 2) return;
  throw new Error(
    `${name}: expected two lists of the same length, 2 or more, got ${first.length} and ${second.length}`,
  );
}

function requireConfidence(name: string, confidence: number): void {
  if (confidence > 0 && confidence < 1) return;
  throw new Error(`${name}: expected a confidence between 0 and 1, got ${confidence}`);
}
