import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { read } from "#lab/metric";
import { random } from "#lab/random";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, numbers, product, rows } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/roste");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/roste");
}, 30_000);

test("identities hold at quick scale; orderings are reported", () => {
  expect(claims).toHaveLength(9);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" ? "holds" : "reported"]);
});

/** Q of one row: the level that is nearest among 16, with 0 on one of them. */
function quantised(row: number[]): number[] {
  const s = Math.max((Math.max(...row) - Math.min(...row)) / 15, 1e-8);
  const z = Math.round(-Math.min(...row) / s);
  return row.map((x) => (Math.min(15, Math.max(0, Math.round(x / s) + z)) - z) * s);
}
const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const squaredError = (m: Matrix): number =>
  m.reduce((sum, row) => sum + quantised(row).reduce((s, q, j) => s + (q - row[j]!) ** 2, 0), 0);

describe("against float64 loops", () => {
  const [dIn, dOut, tokens] = [8, 3, 4];
  const X = numbers(2 * tokens * dIn, 1);
  const W = numbers(dIn * dOut, 2);
  const tensors = () => ({
    X: tf.tensor3d(X, [2, tokens, dIn]),
    W: tf.tensor2d(W, [dIn, dOut]),
    R: core.walshHadamard(random(3), dIn),
  });

  test("quantise has 16 levels per row, between which a step is the row's range over 15", async () => {
    const x = numbers(5 * 7, 4);
    const expected = rows(x, 7).flatMap(quantised);
    await expectClose(core.quantise(tf.tensor2d(x, [5, 7])), expected, 1e-6);
    for (const row of rows(expected, 7)) expect(new Set(row).size).toBeLessThanOrEqual(16);
    await expectClose(core.quantise(tf.tensor1d([0, 0, 0])), [0, 0, 0]);
  });

  test("quantise has the gradient of the identity, and none through its scale", async () => {
    const [x, weights] = [tf.tensor1d(numbers(6, 5)), numbers(6, 6)];
    const gradient = tf.grad((y) => tf.sum(tf.mul(core.quantise(y), tf.tensor1d(weights))))(x);
    await expectClose(gradient, weights);
  });

  test.each([2, 8, 64])("walshHadamard of size %i is Sylvester's matrix with signs", async (size) => {
    let hadamard: Matrix = [[1]];
    while (hadamard.length < size) {
      const above = hadamard.map((row) => [...row, ...row]);
      hadamard = [...above, ...hadamard.map((row) => [...row, ...row.map((x) => -x)])];
    }
    const R = rows(await core.walshHadamard(random(7), size).data(), size);
    const signs = R[0]!.map(Math.sign);
    if (size > 2) expect(new Set(signs).size).toBe(2);
    const expected = hadamard.map((row) => row.map((x, j) => (x * signs[j]!) / Math.sqrt(size)));
    for (const [i, row] of R.entries())
      for (const [j, x] of row.entries()) expect(x).toBeCloseTo(expected[i]![j]!, 6);
  });

  test("rotatedLinear is Q(X R) Q(Rᵀ W), tokens and outputs each with their own scale", async () => {
    const { X: x, W: w, R } = tensors();
    const turn = rows(await R.data(), dIn);
    const XR = product(rows(X, dIn), turn).map(quantised);
    const RW = transpose(transpose(product(transpose(turn), rows(W, dOut))).map(quantised));
    await expectClose(core.rotatedLinear(x, w, R), product(XR, RW).flat(), 1e-5);
    const unrounded = product(rows(X, dIn), rows(W, dOut)).flat();
    await expectClose(core.rotatedLinear(x, w, R, tf.clone), unrounded, 1e-5);
  });

  test("quantisationError is that of the weights, and of the inputs per sample", async () => {
    const { X: x, W: w, R } = tensors();
    const turn = rows(await R.data(), dIn);
    const XR = product(rows(X, dIn), turn);
    const WR = product(transpose(rows(W, dOut)), turn);
    const expected = squaredError(WR) + squaredError(XR) / 2;
    expect(await read(core.quantisationError(x, w, R))).toBeCloseTo(expected, 5);
  });

  test("a symmetric quantiser's error stays below d max w² / (4 · 7²), outliers or not", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const w = numbers(64, seed).map((x, i) => (i === seed % 64 ? 20 * x : x));
      const largest = Math.max(...w.map(Math.abs));
      const s = largest / 7;
      const error = w.reduce((sum, x) => sum + (s * Math.round(x / s) - x) ** 2, 0);
      expect(error).toBeLessThanOrEqual((64 * largest ** 2) / (4 * 7 ** 2));
    }
  });
});
