import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, numbers, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/lora-intruder-dimensions");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/lora-intruder-dimensions");
});

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** `count` orthonormal vectors of `size` numbers, by Gram and Schmidt. */
function orthonormal(count: number, size: number, seed: number): Matrix {
  const found: Matrix = [];
  for (const row of rows(numbers(count * size, seed), size)) {
    let rest = row;
    for (const one of found) rest = rest.map((x, i) => x - dot(rest, one) * one[i]!);
    found.push(rest.map((x) => x / Math.hypot(...rest)));
  }
  return found;
}

/** Wᵀ [dIn, dOut] of W = Σ σ_j u_j v_jᵀ. */
function weightOf(u: Matrix, sigma: number[], v: Matrix): Matrix {
  return v[0]!.map((_, i) =>
    u[0]!.map((_, o) => sigma.reduce((sum, s, j) => sum + s * u[j]![o]! * v[j]![i]!, 0)),
  );
}
const columns = (vectors: Matrix) =>
  tf.tensor2d(vectors[0]!.map((_, i) => vectors.map((vector) => vector[i]!)));

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(13);
  for (const { id, kind, verdict } of claims) {
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
  }
});

describe.each([
  [7, 4],
  [4, 7],
  [5, 5],
])("for W with %i outputs and %i inputs", (dOut, dIn) => {
  const n = Math.min(dOut, dIn);
  const [u, v] = [orthonormal(n, dOut, 1), orthonormal(n, dIn, 2)];
  const sigma = Array.from({ length: n }, (_, j) => 5 - j);
  const weight = () => tf.tensor2d(weightOf(u, sigma, v));

  test("spectrum finds the factors that W was made of", async () => {
    const { U, S, V } = await core.spectrum(weight());
    expect([U.shape, V.shape]).toEqual([
      [dOut, n],
      [dIn, n],
    ]);
    await expectClose(tf.tensor1d(S), sigma);
    const [left, right] = [await U.array(), await V.array()];
    for (let j = 0; j < n; j++) {
      const along = dot(
        left.map((row) => row[j]!),
        u[j]!,
      );
      const across = dot(
        right.map((row) => row[j]!),
        v[j]!,
      );
      expect(Math.abs(along)).toBeCloseTo(1, 5);
      expect(across).toBeCloseTo(along, 5); // signs change in pairs
    }
  });

  test("scaleDown changes the components of J alone", async () => {
    const spectrum = { U: columns(u), S: sigma, V: columns(v) };
    for (const lambda of [0, 0.3, 1]) {
      const weaker = sigma.map((s, j) => (j === 0 || j === 2 ? lambda * s : s));
      const expected = weightOf(u, weaker, v).flat();
      await expectClose(core.scaleDown(weight(), spectrum, [0, 2], lambda), expected);
    }
    await expectClose(core.scaleDown(weight(), spectrum, [], 0), weightOf(u, sigma, v).flat());
  });
});

test("similarity takes the best of all old vectors, whatever their order and sign", async () => {
  const old = orthonormal(4, 6, 3);
  const tuned = [
    old[2]!.map((x) => -x),
    old[0]!,
    ...rows(numbers(12, 4), 6).map((row) => row.map((x) => x / Math.hypot(...row))),
  ];
  const expected = tuned.map((u) => Math.max(...old.map((one) => Math.abs(dot(u, one)))));
  expect(expected.slice(0, 2)).toEqual([expect.closeTo(1), expect.closeTo(1)]);
  await expectClose(core.similarity(columns(tuned), columns(old)), expected);
});

test("intruders are below ε, among the first k", () => {
  expect(core.intruders([0.9, 0.49, 0.5, 0.1])).toEqual([1, 3]);
  expect(core.intruders([0.9, 0.49, 0.5, 0.1], 3)).toEqual([1]);
  expect(core.intruders([0.9, 0.49, 0.5, 0.1], 4, 0.95)).toEqual([0, 1, 2, 3]);
  expect(core.intruders(Array(12).fill(0))).toHaveLength(10);
});
