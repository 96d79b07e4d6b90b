import { describe, expect, test } from "vitest";
import { random } from "#lab/random";
import {
  bootstrapInterval,
  correlation,
  mean,
  pairedDifference,
  slope,
  standardDeviation,
} from "#lab/statistics";
import { tProbability, tQuantile } from "#lab/t-distribution";

/** P(0 < T < t) by Simpson's rule over the density, whose constant is the area under it: no gamma function. */
function integral(t: number, degrees: number): number {
  // x = √ν tan θ turns the density into a constant times cos^(ν-1) θ.
  const simpson = (end: number) => {
    const steps = 2000;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2;
      sum += weight * Math.cos((end * i) / steps) ** (degrees - 1);
    }
    return (sum * end) / (3 * steps);
  };
  return simpson(Math.atan(t / Math.sqrt(degrees))) / (2 * simpson(Math.PI / 2));
}

describe("tQuantile", () => {
  // Two-sided 95 % and 99 % points as statistical tables print them.
  test.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [4, 2.776, 4.604],
    [9, 2.262, 3.25],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ])("has the table's values for %s degrees of freedom", (degrees, at95, at99) => {
    expect(tQuantile(0.975, degrees)).toBeCloseTo(at95, 3);
    expect(tQuantile(0.995, degrees)).toBeCloseTo(at99, 3);
    expect(tQuantile(0.025, degrees)).toBeCloseTo(-at95, 3);
  });
  test("inverts the integral of the density", () => {
    for (const degrees of [1, 2, 3, 5, 10, 50])
      for (const t of [0.1, 0.7, 2, 6]) {
        expect(tProbability(t, degrees)).toBeCloseTo(0.5 + integral(t, degrees), 9);
        expect(tProbability(-t, degrees)).toBeCloseTo(0.5 - integral(t, degrees), 9);
        expect(tQuantile(0.5 + integral(t, degrees), degrees)).toBeCloseTo(t, 6);
      }
  });
  test("names what is not a probability or a number of degrees", () => {
    expect(() => tQuantile(1, 3)).toThrow("tQuantile: expected a probability between 0 and 1, got 1");
    expect(() => tQuantile(0.9, 0)).toThrow("tQuantile: expected positive degrees of freedom, got 0");
  });
});

describe("pairedDifference", () => {
  // Student's own example (1908): hours of sleep gained by ten patients under two drugs, difference 1.58 ± 0.88.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  test("gives the interval known for Student's sleep data", () => {
    const { mean, low, high, positive, negative } = pairedDifference(first, second);
    expect(mean).toBeCloseTo(1.58, 10);
    expect(low).toBeCloseTo(0.7001, 4);
    expect(high).toBeCloseTo(2.4599, 4);
    expect([positive, negative]).toEqual([9, 0]); // one patient gained the same
    expect(standardDeviation(second.map((x, i) => x - first[i]!))).toBeCloseTo(1.23, 2);
  });
  test("turns around with its arguments, and widens with the confidence", () => {
    const there = pairedDifference(first, second);
    const back = pairedDifference(second, first);
    expect(back.low).toBeCloseTo(-there.high, 12);
    expect([back.positive, back.negative]).toEqual([0, 9]);
    const wide = pairedDifference(first, second, 0.99);
    expect(wide.high - wide.mean).toBeCloseTo((there.high - there.mean) * (3.2498 / 2.2622), 3);
  });
  test("covers the true mean as often as it says", () => {
    const draw = random(3);
    let held = 0;
    for (let trial = 0; trial < 2000; trial++) {
      // Sums of 12 uniform numbers are as good as normal.
      const sample = Array.from({ length: 5 }, () =>
        Array.from({ length: 12 }, draw.next).reduce((a, b) => a + b, -5),
      );
      const { low, high } = pairedDifference([0, 0, 0, 0, 0], sample);
      if (low < 1 && 1 < high) held++;
    }
    expect(Math.abs(held / 2000 - 0.95)).toBeLessThan(0.02); // four standard errors
  });
  test("names lists that do not fit", () => {
    expect(() => pairedDifference([1], [2])).toThrow(
      "pairedDifference: expected two lists of the same length, 2 or more, got 1 and 1",
    );
    expect(() => pairedDifference([1, 2], [1, 2, 3])).toThrow("got 2 and 3");
    expect(() => pairedDifference([1, 2], [1, 2], 1)).toThrow("expected a confidence between 0 and 1, got 1");
    expect(() => standardDeviation([1])).toThrow("standardDeviation: expected at least two values, got 1");
  });
});

describe("bootstrapInterval", () => {
  test("comes close to the exact distribution over all resamples", () => {
    const values = [1, 2, 4, 8];
    const all: number[] = [];
    for (const a of values)
      for (const b of values) for (const c of values) for (const d of values) all.push((a + b + c + d) / 4);
    all.sort((x, y) => x - y);
    const { low, high } = bootstrapInterval(values, random(1), { resamples: 40_000, confidence: 0.8 });
    // 256 equally likely means: the ends lie at their 10th and 90th percentile, which are steps of 0.25 or more.
    expect(Math.abs(low - all[Math.floor(25.5)]!)).toBeLessThanOrEqual(0.25);
    expect(Math.abs(high - all[Math.floor(229.5)]!)).toBeLessThanOrEqual(0.25);
  });
  test("is the same for the same seed, and takes any statistic", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(bootstrapInterval(values, random(7))).toEqual(bootstrapInterval(values, random(7)));
    const { low, high } = bootstrapInterval(values, random(7), {
      statistic: (sample) => Math.max(...sample),
    });
    expect(high).toBe(9);
    expect(low).toBeLessThan(9);
    expect(bootstrapInterval([2, 2], random(0))).toEqual({ low: 2, high: 2 });
  });
  test("names what it can't use", () => {
    expect(() => bootstrapInterval([], random(0))).toThrow("got 0 values and 2000 resamples");
    expect(() => bootstrapInterval([1], random(0), { resamples: 0 })).toThrow("got 1 values and 0 resamples");
    expect(() => bootstrapInterval([1], random(0), { confidence: 95 })).toThrow("got 95");
  });
});

describe("correlation and slope", () => {
  // Anscombe's first set (1973): slope 0.500, correlation 0.816.
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  test("are those known of Anscombe's quartet", () => {
    expect(slope(x, y)).toBeCloseTo(0.5001, 4);
    expect(correlation(x, y)).toBeCloseTo(0.8164, 4);
  });
  test("least squares: no other slope has a smaller error", () => {
    const error = (b: number) => {
      const a = mean(y) - b * mean(x);
      return x.reduce((sum, value, i) => sum + (y[i]! - a - b * value) ** 2, 0);
    };
    const best = slope(x, y);
    expect(error(best)).toBeLessThan(Math.min(error(best + 1e-4), error(best - 1e-4)));
  });
  test("of a line are its own", () => {
    expect(slope([1, 2, 4], [5, 3, -1])).toBeCloseTo(-2, 12);
    expect(correlation([1, 2, 4], [5, 3, -1])).toBe(-1);
    expect(correlation([1, 2, 3], [1, 0, 1])).toBeCloseTo(0, 12);
  });
  test("name what has no direction", () => {
    expect(() => slope([1, 1], [1, 2])).toThrow("slope: expected x that varies, got [1,1]");
    expect(() => correlation([1, 2], [3, 3])).toThrow("correlation: expected numbers that vary, got [3,3]");
    expect(() => correlation([1], [1])).toThrow("2 or more, got 1 and 1");
    expect(() => slope([1, 2], [1])).toThrow("got 2 and 1");
  });
});
