import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/got-d");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/got-d");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims) {
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
  }
});

const read = async (tensor: tf.Tensor) => [...(await tensor.data())];
const apart = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

const [n, m, epsilon] = [6, 4, 0.05];
const cost = rows(
  numbers(n * m, 5).map((value) => value + 1),
  m,
);
const masses = (count: number, seed: number) => {
  const raw = numbers(count, seed).map((value) => value + 1.2);
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
};
const [w, v] = [masses(n, 1), masses(m, 2)];

/** Sinkhorn by plain scaling of rows and columns of exp(-C / ε), in float64, and the duals from the scales. */
function scaled(iterations: number) {
  const K = cost.map((row) => row.map((value) => Math.exp(-value / epsilon)));
  let [a, b] = [new Array<number>(n).fill(1), new Array<number>(m).fill(1)];
  for (let k = 0; k < iterations; k++) {
    b = b.map((_, j) => 1 / a.reduce((sum, value, i) => sum + w[i]! * value * K[i]![j]!, 0));
    a = a.map((_, i) => 1 / b.reduce((sum, value, j) => sum + v[j]! * value * K[i]![j]!, 0));
  }
  const plan = K.map((row, i) => row.map((value, j) => w[i]! * a[i]! * value * b[j]! * v[j]!));
  return { f: a.map((x) => epsilon * Math.log(x)), g: b.map((x) => epsilon * Math.log(x)), plan };
}

describe("sinkhorn and plan", () => {
  test.each([1, 7, 100])(
    "follow the scaling of rows and columns, after %i iterations",
    async (iterations) => {
      const C = tf.tensor2d(cost);
      const [W, V] = [tf.tensor1d(w), tf.tensor1d(v)];
      const duals = core.sinkhorn(C, W, V, iterations);
      const expected = scaled(iterations);
      expect(apart(await read(duals.f), expected.f)).toBeLessThan(1e-5);
      expect(apart(await read(duals.g), expected.g)).toBeLessThan(1e-5);
      expect(apart(await read(core.plan(C, duals, W, V)), expected.plan.flat())).toBeLessThan(1e-5);
    },
  );
  test("ends in a plan whose rows and columns are the masses", async () => {
    const C = tf.tensor2d(cost);
    const plan = core.plan(
      C,
      core.sinkhorn(C, tf.tensor1d(w), tf.tensor1d(v), 2000),
      tf.tensor1d(w),
      tf.tensor1d(v),
    );
    expect(apart(await read(tf.sum(plan, 1)), w)).toBeLessThan(1e-5);
    expect(apart(await read(tf.sum(plan, 0)), v)).toBeLessThan(1e-4);
  });
});

test("calibrated takes from each the mean of the others", async () => {
  const f = numbers(7, 3);
  const expected = f.map((value, i) => {
    let others = 0;
    f.forEach((other, k) => (others += k === i ? 0 : other));
    return value - others / (f.length - 1);
  });
  expect(apart(await read(core.calibrated(tf.tensor1d(f))), expected)).toBeLessThan(1e-6);
});

test("ascending names the place of the smallest first", () => {
  expect(core.ascending([3, -1, 2, -5])).toEqual([3, 1, 2, 0]);
  expect(core.ascending(Float32Array.of(0.5))).toEqual([0]);
});

test("costs are Euclidean distances over their mean", async () => {
  const [x, y] = [rows(numbers(15, 1), 3), rows(numbers(12, 2), 3)];
  const distances = x.map((a) =>
    y.map((b) => Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0))),
  );
  const mean = distances.flat().reduce((sum, value) => sum + value, 0) / 20;
  const C = core.costs(tf.tensor2d(x), tf.tensor2d(y));
  expect(C.shape).toEqual([5, 4]);
  const expected = distances.flat().map((value) => value / mean);
  expect(apart(await read(C), expected)).toBeLessThan(1e-6);
});
