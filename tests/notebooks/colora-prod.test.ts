import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { initRestorationNet, restore, type RestorationNet } from "#lab/restoration";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { gelu, numbers, slope } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/colora-prod");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/colora-prod");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(9);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

const [batch, side, width] = [2, 4, 2];
const shape = { channels: 1, width, numPairs: 1 };

/** 3×3 windows with zeros outside; x [side, side, dIn] and weight [3, 3, dIn, dOut], both flat. */
function convolved(x: number[], weight: number[], bias: number[], dIn: number): number[] {
  const dOut = bias.length;
  const y: number[] = [];
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++)
      for (let o = 0; o < dOut; o++) {
        let sum = bias[o]!;
        for (let p = 0; p < 3; p++)
          for (let q = 0; q < 3; q++) {
            const [row, column] = [i + p - 1, j + q - 1];
            if (row < 0 || row >= side || column < 0 || column >= side) continue;
            for (let c = 0; c < dIn; c++)
              sum += x[(row * side + column) * dIn + c]! * weight[((p * 3 + q) * dIn + c) * dOut + o]!;
          }
        y.push(sum);
      }
  return y;
}

/** Summed squared error of a network of one pair, all its numbers in one list, in the order of its layers. */
function squaredError(theta: number[], x: number[], y: number[]): number {
  let at = 0;
  const take = (count: number) => theta.slice(at, (at += count));
  const layers = [
    [1, width],
    [width, width],
    [width, width],
    [width, 1],
  ].map(([dIn, dOut]) => ({ weight: take(9 * dIn! * dOut!), bias: take(dOut!), dIn: dIn! }));
  const conv = (h: number[], place: number) => {
    const { weight, bias, dIn } = layers[place]!;
    return convolved(h, weight, bias, dIn);
  };
  let total = 0;
  for (let image = 0; image < batch; image++) {
    const own = x.slice(image * side ** 2, (image + 1) * side ** 2);
    const first = conv(own, 0);
    const change = conv(conv(first, 1).map(gelu), 2);
    const made = conv(
      first.map((value, i) => value + change[i]!),
      3,
    );
    own.forEach((value, i) => (total += (value + made[i]! - y[image * side ** 2 + i]!) ** 2));
  }
  return total;
}

describe("attributed", () => {
  const [x, y] = [numbers(batch * side ** 2, 1), numbers(batch * side ** 2, 2)];
  const images = (of: number[]) => tf.tensor4d(of, [batch, side, side, 1]);
  const loss = (net: RestorationNet) =>
    tf.sum(tf.squaredDifference(restore(net, images(x)), images(y))) as tf.Scalar;
  const net = (seed: number) => initRestorationNet(random(seed), shape, 0.3);
  const flat = async (tensors: tf.Tensor[]) =>
    (await Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]))).flat();
  const theta = (of: RestorationNet) => flat(leaves(of).map(({ tensor }) => tensor));

  test("is the difference times the mean slope of a direct computation in float64", async () => {
    const [base, target, N] = [net(1), net(2), 3];
    const got = await flat(core.attributed(base, target, loss, N));
    const [from, to] = [await theta(base), await theta(target)];
    const expected = from.map(() => 0);
    for (let s = 0; s < N; s++) {
      const alpha = (s + 0.5) / N;
      const middle = from.map((value, j) => alpha * value + (1 - alpha) * to[j]!);
      const slopes = slope((values) => squaredError(values, x, y), middle);
      from.forEach((value, j) => (expected[j]! += ((value - to[j]!) * slopes[j]!) / N));
    }
    expect(got).toHaveLength(expected.length);
    got.forEach((value, j) => expect(Math.abs(value - expected[j]!)).toBeLessThan(1e-3));
  });
  test("adds up to the fall of the loss, with more steps more exactly", async () => {
    const [base, target] = [net(3), net(4)];
    const fall = squaredError(await theta(base), x, y) - squaredError(await theta(target), x, y);
    const off = async (N: number) => {
      const parts = await flat(core.attributed(base, target, loss, N));
      return Math.abs(parts.reduce((sum, value) => sum + value, 0) - fall);
    };
    const [one, eight] = [await off(1), await off(8)];
    expect(eight).toBeLessThan(one / 8);
  });
  test("is zero between a network and itself", async () => {
    const base = net(5);
    for (const value of await flat(core.attributed(base, base, loss, 2))) expect(Math.abs(value)).toBe(0);
  });
});

describe("ranks and stored", () => {
  const filters = () => [
    tf.zeros([3, 3, 2, 8]),
    tf.zeros([1, 1, 4, 4]),
    tf.zeros([3, 3, 8, 1]),
    tf.zeros([6]),
  ];
  const sizes = [
    [18, 8],
    [4, 4],
    [72, 1],
    [1, 6],
  ] as const;
  test("store r (d + k) numbers for each layer", () => {
    expect(core.stored([2, 3, 1, 0], filters())).toBe(2 * 26 + 3 * 8 + 73);
  });
  test("are those of the largest a within the budget", () => {
    const c = [4, 5, 1, 0];
    for (const budget of [0, 20, 60, 100, 1000]) {
      let expected: number[] = [];
      for (let n = 0; n <= 1000; n++) {
        const r = sizes.map(([d, k], i) => Math.round((((n / 1000) * c[i]!) / 5) * ((d * k) / (d + k))));
        let cost = 0;
        for (const [i, [d, k]] of sizes.entries()) cost += r[i]! * (d + k);
        if (cost <= budget) expected = r;
      }
      expect(core.ranks(c, filters(), budget)).toEqual(expected);
    }
  });
  test("grow with the contribution, and are zero without one or without a budget", () => {
    const same = Array.from({ length: 3 }, () => tf.zeros([3, 3, 4, 4]));
    const r = core.ranks([3, 2, 0], same, 200);
    expect(r[0]).toBeGreaterThan(r[1]!);
    expect(r[2]).toBe(0);
    expect(core.ranks([3, 2, 0], same, 0)).toEqual([0, 0, 0]);
  });
});

describe("start and merge", () => {
  test("start with A of variance 1 / d and B of zeros", async () => {
    const { A, B } = core.start(random(1), tf.zeros([3, 3, 16, 8]), 6);
    expect([A!.shape, B!.shape]).toEqual([
      [144, 6],
      [6, 8],
    ]);
    expect([...(await B!.data())].every((value) => value === 0)).toBe(true);
    const values = [...(await A!.data())];
    const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(square * 144).toBeGreaterThan(0.85);
    expect(square * 144).toBeLessThan(1.15);
  });
  test("leave a layer of rank 0 as it is", () => {
    const W0 = tf.ones([3, 3, 1, 2]);
    expect(core.start(random(1), W0, 0)).toEqual({});
    expect(core.merge(W0, {})).toBe(W0);
  });
  test("add the sum over ranks to each number of a filter", async () => {
    const [dIn, k, r] = [3, 5, 2];
    const [w, a, b] = [numbers(9 * dIn * k, 3), numbers(9 * dIn * r, 4), numbers(r * k, 5)];
    const factors = { A: tf.tensor2d(a, [9 * dIn, r]), B: tf.tensor2d(b, [r, k]) };
    const merged = core.merge(tf.tensor4d(w, [3, 3, dIn, k]), factors);
    expect(merged.shape).toEqual([3, 3, dIn, k]);
    const got = await merged.data();
    for (let p = 0; p < 3; p++)
      for (let q = 0; q < 3; q++)
        for (let c = 0; c < dIn; c++)
          for (let o = 0; o < k; o++) {
            const row = (p * 3 + q) * dIn + c;
            let expected = w[row * k + o]!;
            for (let rho = 0; rho < r; rho++) expected += a[row * r + rho]! * b[rho * k + o]!;
            expect(got[row * k + o]).toBeCloseTo(expected, 5);
          }
  });
});
