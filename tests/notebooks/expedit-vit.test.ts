import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, numbers, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/expedit-vit");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/expedit-vit");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(9);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

/** Two images of 6 × 6 tokens with three features. */
const [H, C] = [6, 3];
const images = [1, 2].map((seed) => rows(numbers(H * H * C, seed), C));
const Z = () => tf.tensor3d(images);
const squared = (a: number[], b: number[]) => a.reduce((sum, x, c) => sum + (x - b[c]!) ** 2, 0);

/** The mean of the tokens of each cell, a cell being rows floor(i H / h) to ceil((i + 1) H / h) - 1. */
function averages(tokens: Matrix, h: number): Matrix {
  const centres: Matrix = [];
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < h; j++) {
      const inside: Matrix = [];
      for (let y = Math.floor((i * H) / h); y < Math.ceil(((i + 1) * H) / h); y++)
        for (let x = Math.floor((j * H) / h); x < Math.ceil(((j + 1) * H) / h); x++)
          inside.push(tokens[y * H + x]!);
      centres.push(inside[0]!.map((_, c) => inside.reduce((sum, row) => sum + row[c]!, 0) / inside.length));
    }
  }
  return centres;
}
/** Soft k-means: Q over the centres of the window, S the means that Q weighs. */
function centresOf(
  tokens: Matrix,
  how: { h: number; tau: number; window: number; iterations: number },
): Matrix {
  const { h, tau, window, iterations } = how;
  let S = averages(tokens, h);
  for (let t = 0; t < iterations; t++) {
    const sums = S.map(() => new Array<number>(C).fill(0));
    const weights = S.map(() => 0);
    tokens.forEach((token, p) => {
      const [row, column] = [Math.floor((Math.floor(p / H) * h) / H), Math.floor(((p % H) * h) / H)];
      const allowed = S.map((_, i) => i).filter(
        (i) =>
          Math.abs(Math.floor(i / h) - row) <= (window - 1) / 2 &&
          Math.abs((i % h) - column) <= (window - 1) / 2,
      );
      const total = allowed.reduce((sum, i) => sum + Math.exp(-tau * squared(token, S[i]!)), 0);
      for (const i of allowed) {
        const Q = Math.exp(-tau * squared(token, S[i]!)) / total;
        weights[i]! += Q;
        token.forEach((x, c) => (sums[i]![c]! += Q * x));
      }
    });
    S = sums.map((sum, i) => sum.map((x) => x / weights[i]!));
  }
  return S;
}
function mixed(SHat: Matrix, tokens: Matrix, S: Matrix, { tau, k }: { tau: number; k: number }): Matrix {
  return tokens.map((token) => {
    const order = S.map((_, i) => i).sort((i, j) => squared(token, S[i]!) - squared(token, S[j]!));
    const nearest = order.slice(0, k);
    const total = nearest.reduce((sum, i) => sum + Math.exp(-tau * squared(token, S[i]!)), 0);
    return SHat[0]!.map((_, c) =>
      nearest.reduce((sum, i) => sum + (Math.exp(-tau * squared(token, S[i]!)) / total) * SHat[i]![c]!, 0),
    );
  });
}

test("distances are squared, and never below 0", async () => {
  const [a, b] = [images[0]!, images[1]!.slice(0, 4)];
  const expected = a.flatMap((row) => b.map((other) => squared(row, other)));
  await expectClose(core.distances(tf.tensor3d([a]), tf.tensor3d([b])), expected, 1e-5);
  const far = tf.fill([1, 3, 2], 1000.1) as tf.Tensor3D;
  const [least] = await tf.min(core.distances(far, far)).data();
  expect(least).toBeGreaterThanOrEqual(0);
});

test.each([1, 2, 3, 4, 6])("pool averages cells of a grid of %i", async (h) => {
  await expectClose(
    core.pool(Z(), h),
    images.flatMap((tokens) => averages(tokens, h).flat()),
    1e-6,
  );
});

describe("cluster", () => {
  test.each([
    [2, 1, 5, 5],
    [3, 0.5, 3, 4],
    [4, 2, 3, 1],
    [3, 0, 1, 2],
    [6, 3, 1, 5],
  ])("is soft k-means for h = %i, τ = %f, window %i, %i rounds", async (h, tau, window, iterations) => {
    const how = { h, tau, window, iterations };
    await expectClose(
      core.cluster(Z(), how),
      images.flatMap((tokens) => centresOf(tokens, how).flat()),
      1e-5,
    );
  });
  test("without rounds leaves the averages", async () => {
    const got = core.cluster(Z(), { h: 3, tau: 1, iterations: 0 });
    await expectClose(
      got,
      images.flatMap((tokens) => averages(tokens, 3).flat()),
      1e-6,
    );
  });
});

describe("reconstruct", () => {
  test.each([
    [2, 1, 4],
    [3, 0.5, 3],
    [3, 2, 1],
    [3, 0, 9],
    [4, 1, 20], // more neighbours than there are centres
  ])("mixes by similarity for h = %i, τ = %f, k = %i", async (h, tau, k) => {
    const how = { h, tau, k, window: 5, iterations: 2 };
    const S = images.map((tokens) => centresOf(tokens, how));
    const SHat = images.map((_, image) => rows(numbers(h * h * 2, 7 + image), 2));
    const got = core.reconstruct(tf.tensor3d(SHat), Z(), tf.tensor3d(S), how);
    expect(got.shape).toEqual([2, H * H, 2]);
    const expected = images.flatMap((tokens, image) => mixed(SHat[image]!, tokens, S[image]!, how).flat());
    await expectClose(got, expected, 1e-5);
  });
});
