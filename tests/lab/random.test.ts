import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { random } from "#lab/random";
import { onEachDevice } from "./device-case";

/** sfc32 and splitmix32 in 64-bit integers, so that no step leans on JavaScript's 32-bit operators. */
function expectedBits(seed: number, count: number): bigint[] {
  const mask = 0xffffffffn;
  let fill = BigInt(seed) & mask;
  const splitmix = () => {
    fill = (fill + 0x9e3779b9n) & mask;
    let z = ((fill ^ (fill >> 16n)) * 0x21f0aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & mask;
    return z ^ (z >> 15n);
  };
  let [a, b, c, counter] = [splitmix(), splitmix(), splitmix(), 1n];
  return Array.from({ length: count }, () => {
    const out = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + out) & mask;
    return out;
  });
}

describe("random", () => {
  test.each([0, 1, 42, 123456])("is sfc32 for seed %i", (seed) => {
    const { next } = random(seed);
    const got = Array.from({ length: 100 }, () => BigInt(next() * 2 ** 32));
    expect(got).toEqual(expectedBits(seed, 100));
  });
  test("seeds differ, and 0 is a seed like any other", () => {
    const first = (seed: number) => random(seed).next();
    expect(first(0)).toBe(first(0));
    expect(new Set([0, 1, 2, 3, 1000, 2 ** 32 - 1].map(first)).size).toBe(6);
  });
  test("integers are uniform", () => {
    const counts = [0, 0, 0, 0, 0];
    for (const value of random(7).integers(50_000, 5)) counts[value]!++;
    // Standard deviation of a count is 89.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
  test("permutation and shuffle keep every item, and start anywhere", () => {
    const stream = random(3);
    expect(Array.from(stream.permutation(50)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    expect(stream.shuffle(["a", "b", "c"]).sort()).toEqual(["a", "b", "c"]);
    const firsts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) firsts[stream.permutation(3)[0]!]!++;
    for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
  test("names what it can't use", () => {
    expect(() => random(0.5)).toThrow("random: expected an integer seed from 0 to 2^32 - 1, got 0.5");
    expect(() => random(-1)).toThrow("got -1");
    expect(() => random(0).integer(0)).toThrow("a bound of 1 to 2^32, got 0");
  });
});

/** The standard normal distribution function, by numerical integration. */
function normalShare(below: number): number {
  let area = 0.5;
  for (let x = 0; x < Math.abs(below); x += 1e-4) area += Math.sign(below) * 1e-4 * density(x + 5e-5);
  return area;
}
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

onEachDevice(() => {
  test("normal has the shares of a normal distribution", async () => {
    const sample = await random(11).normal([40_000], 2, 1).data();
    for (const z of [-2, -1, 0, 0.5, 1.5, 3]) {
      const share = sample.filter((value) => (value - 1) / 2 < z).length / sample.length;
      expect(Math.abs(share - normalShare(z))).toBeLessThan(0.01);
    }
  });
  test("normal is Marsaglia's polar method on the stream", async () => {
    const { next } = random(5);
    const expected: number[] = [];
    while (expected.length < 200) {
      const [u, v] = [2 * next() - 1, 2 * next() - 1];
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const radius = Math.sqrt((-2 * Math.log(s)) / s);
      expected.push(Math.fround(u * radius), Math.fround(v * radius));
    }
    const got = Array.from(await random(5).normal([200]).data());
    got.forEach((value, i) =>
      expect(Math.abs(value - expected[i]!)).toBeLessThan(3e-7 * Math.max(1, Math.abs(value))),
    );
  });
  test("uniform fills a tensor between its ends", async () => {
    const tensor: tf.Tensor2D = random(2).uniform([30, 40], -2, 3);
    const values = Array.from(await tensor.data());
    expect(tensor.shape).toEqual([30, 40]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThan(3);
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(0.5, 0);
  });
});
