import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, numbers, product, rows, softmax } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/long-range-arena");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/long-range-arena");
});

test("identities hold at quick scale; the rest is reported", () => {
  expect(claims).toHaveLength(13);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" ? "holds" : "reported"]);
});

const [batch, heads, time, d] = [2, 3, 6, 4];
const size = time * d;
const [q, k, v] = [1, 2, 3].map((seed) => numbers(batch * heads * size, seed)) as [
  number[],
  number[],
  number[],
];
const tensor = (values: number[]) => tf.tensor4d(values, [batch, heads, time, d]);
const headOf = (values: number[], index: number): Matrix =>
  rows(values.slice(index * size, (index + 1) * size), d);
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** What a function of one head's Q, K and V gives for all heads. */
const perHead = (attend: (Q: Matrix, K: Matrix, V: Matrix) => Matrix): number[] =>
  Array.from({ length: batch * heads }, (_, i) => attend(headOf(q, i), headOf(k, i), headOf(v, i))).flat(2);
const exact = (Q: Matrix, K: Matrix, V: Matrix): Matrix =>
  product(
    Q.map((row) => softmax(K.map((key) => dot(row, key) / Math.sqrt(d)))),
    V,
  );

describe("against float64 loops", () => {
  test("local is softmax within contiguous blocks", async () => {
    const expected = perHead((Q, K, V) =>
      [0, 2, 4].flatMap((from) =>
        exact(Q.slice(from, from + 2), K.slice(from, from + 2), V.slice(from, from + 2)),
      ),
    );
    await expectClose(core.local(tensor(q), tensor(k), tensor(v), 2), expected);
  });

  test("linformer is softmax over mixtures of the positions", async () => {
    const E = numbers(2 * time, 4);
    const mix = (x: Matrix) => product(rows(E, time), x);
    const got = core.linformer(tensor(q), tensor(k), tensor(v), tf.tensor2d(E, [2, time]));
    await expectClose(
      got,
      perHead((Q, K, V) => exact(Q, mix(K), mix(V))),
    );
  });

  test("factorised divides Σ_j φ(q_i)·φ(k_j) v_j by Σ_j φ(q_i)·φ(k_j), with φ = 1 + ELU", async () => {
    const phi = (x: number) => (x > 0 ? 1 + x : Math.exp(x));
    const expected = perHead((Q, K, V) =>
      Q.map((row) => {
        const weights = K.map((key) => dot(row.map(phi), key.map(phi)));
        const total = weights.reduce((a, b) => a + b, 0);
        return V[0]!.map((_, f) => weights.reduce((sum, w, j) => sum + w * V[j]![f]!, 0) / total);
      }),
    );
    const [phiQ, phiK] = [core.linearPhi(tensor(q)), core.linearPhi(tensor(k))];
    await expectClose(core.factorised(phiQ, phiK, tensor(v)), expected);
  });
});
