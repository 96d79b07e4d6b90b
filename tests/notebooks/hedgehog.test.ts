import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { read } from "#lab/metric";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, numbers, product, rows, softmax } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/hedgehog");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/hedgehog");
});

test("identities hold at quick scale; orderings are reported", () => {
  expect(claims.map(({ id }) => id)).toEqual([
    "linear-equals-quadratic",
    "features-are-two-distributions",
    "elu-is-flat",
    "hedgehog-is-spiky",
    "hedgehog-is-monotone",
    "more-monotone-than-elu",
    "more-monotone-than-relu",
    "training-brings-the-weights-closer",
    "undoes-the-damage-of-elu",
  ]);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" ? "holds" : "reported"]);
});

const [batch, heads, time, dHead] = [2, 3, 5, 4];
const perHead = time * dHead;

/** φ(x) of one vector: softmax over the features of W x, and of -W x. */
function phi(x: number[], W: Matrix): number[] {
  const Wx = W.map((row) => row.reduce((sum, w, d) => sum + w * x[d]!, 0));
  return [...softmax(Wx), ...softmax(Wx.map((value) => -value))];
}

/** Rows of one head out of [batch, heads, time, features]. */
const ofHead = (values: number[], index: number, features: number): Matrix =>
  rows(values.slice(index * time * features, (index + 1) * time * features), features);
const matrixOf = (W: number[], head: number): Matrix =>
  rows(W.slice(head * dHead * dHead, (head + 1) * dHead * dHead), dHead);

/** â of one head, key by key, in float64. */
function weights(features: { q: Matrix; k: Matrix }): Matrix {
  return features.q.map((q, i) => {
    const similar = features.k.map((k, j) => (j <= i ? q.reduce((sum, x, f) => sum + x * k[f]!, 0) : 0));
    const total = similar.reduce((a, b) => a + b, 0);
    return similar.map((value) => value / total);
  });
}

describe("against float64 loops", () => {
  const count = batch * heads * perHead;
  const [q, k, v] = [numbers(count, 1), numbers(count, 2), numbers(count, 3)];
  const [Wq, Wk] = [4, 5].map((seed) => numbers(heads * dHead * dHead, seed).map((x) => Math.fround(2 * x)));
  const tensor = (values: number[], features = dHead) => tf.tensor4d(values, [batch, heads, time, features]);
  const W = (values: number[]) => tf.tensor3d(values, [heads, dHead, dHead]);
  const all = Array.from({ length: batch * heads }, (_, index) => {
    const map = (values: number[], Ws: number[]) =>
      ofHead(values, index, dHead).map((x) => phi(x, matrixOf(Ws, index % heads)));
    return { q: map(q, Wq!), k: map(k, Wk!), v: ofHead(v, index, dHead) };
  });
  const phiQ = all.flatMap((head) => head.q.flat());
  const phiK = all.flatMap((head) => head.k.flat());

  test("featureMap has a matrix per head, and a softmax over features of either sign", async () => {
    await expectClose(core.featureMap(tensor(q), W(Wq!)), phiQ);
    await expectClose(core.featureMap(tensor(k), W(Wk!)), phiK);
  });

  test("linearWeights are normalised over the keys up to the query", async () => {
    const expected = all.flatMap((head) => weights(head).flat());
    const got = core.linearWeights(tensor(phiQ, 2 * dHead), tensor(phiK, 2 * dHead));
    await expectClose(got, expected, 1e-5);
    expect(expected[1]).toBe(0); // the first query has one key
  });

  test("linearAttention is the weights times the values", async () => {
    const expected = all.flatMap((head) => product(weights(head), head.v).flat());
    const got = core.linearAttention(tensor(phiQ, 2 * dHead), tensor(phiK, 2 * dHead), tensor(v));
    await expectClose(got, expected, 1e-5);
  });

  test("H is the mean cross-entropy of rows, and the entropy where both are the same", async () => {
    const [a, b] = [all.slice(0, 2).map(weights), all.slice(2, 4).map(weights)];
    const cross = (p: Matrix[], r: Matrix[]) =>
      p.flat().reduce((sum, row, i) => {
        const other = r.flat()[i]!;
        return sum - row.reduce((s, x, j) => s + (x ? x * Math.log(other[j]!) : 0), 0);
      }, 0) /
      (2 * time);
    const [A, B] = [a, b].map((m) => tf.tensor3d(m));
    expect(await read(core.H(A!, B!))).toBeCloseTo(cross(a, b), 5);
    expect(await read(core.H(A!, A!))).toBeCloseTo(cross(a, a), 5);
  });

  test("a single token attends to itself", async () => {
    const one = (values: number[], features: number) =>
      tf.tensor4d(values.slice(0, features), [1, 1, 1, features]);
    const [fq, fk] = [one(phiQ, 2 * dHead), one(phiK, 2 * dHead)];
    await expectClose(core.linearWeights(fq, fk), [1], 1e-5);
    await expectClose(core.linearAttention(fq, fk, one(v, dHead)), v.slice(0, dHead), 1e-5);
  });
});
