import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, softmax } from "#tests/lab/reference";

let core: typeof import("#notebooks/bytetransformer");
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/bytetransformer");
});

test("identities and counts hold at quick scale", () => {
  const judged = claims.filter(({ kind }) => kind === "identity" || kind === "count");
  expect(judged.map(({ id, verdict }) => [id, verdict])).toEqual(judged.map(({ id }) => [id, "holds"]));
  expect(judged).toHaveLength(8);
  expect(claims).toHaveLength(9);
});

const [lengths, n, k] = [[3, 1, 4, 2], 4, 2];
const rows = numbers(lengths.length * n * k, 1);

describe("packing", () => {
  test("has an exclusive prefix sum, and the padded row of each token", () => {
    const { batchIdx, wordIdx } = core.packing(lengths, n);
    expect(batchIdx).toEqual([0, 3, 4, 8, 10]);
    expect(wordIdx).toEqual([0, 1, 2, 4, 8, 9, 10, 11, 12, 13]);
  });
  test("of one full sentence is the identity", () => {
    expect(core.packing([3], 3)).toMatchObject({ batchIdx: [0, 3], wordIdx: [0, 1, 2] });
  });
  test("pack takes the rows that are there, unpack puts them back among zeros", async () => {
    const [kept, back]: [number[], number[]] = [[], []];
    lengths.forEach((length, b) => {
      for (let t = 0; t < n; t++)
        for (let j = 0; j < k; j++) {
          const value = rows[(b * n + t) * k + j]!;
          if (t < length) kept.push(value);
          back.push(t < length ? value : 0);
        }
    });
    const p = core.packing(lengths, n);
    const packed = core.pack(tf.tensor3d(rows, [lengths.length, n, k]), p);
    expect(packed.shape).toEqual([1, 10, k]);
    await expectClose(packed, kept, 1e-9);
    const padded = core.unpack(packed, p);
    expect(padded.shape).toEqual([lengths.length, n, k]);
    await expectClose(padded, back, 1e-9);
  });
});

test("attendEach attends within each sentence", async () => {
  const [heads, V, d] = [2, 10, 3];
  const p = core.packing(lengths, n);
  const values = [2, 3, 4].map((seed) => numbers(heads * V * d, seed).map((x) => Math.fround(4 * x)));
  const [Q, K, W] = values as [number[], number[], number[]];
  const expected: number[] = [];
  for (let head = 0; head < heads; head++)
    lengths.forEach((length, b) => {
      const first = head * V + lengths.slice(0, b).reduce((sum, own) => sum + own, 0);
      for (let t = first; t < first + length; t++) {
        const scores = Array.from({ length }, (_, s) => {
          let score = 0;
          for (let j = 0; j < d; j++) score += Q[t * d + j]! * K[(first + s) * d + j]!;
          return score / Math.sqrt(d);
        });
        const weights = softmax(scores);
        for (let j = 0; j < d; j++)
          expected.push(weights.reduce((sum, weight, s) => sum + weight * W[(first + s) * d + j]!, 0));
      }
    });
  const [q, key, v] = values.map((own) => tf.tensor4d(own, [1, heads, V, d]));
  await expectClose(core.attendEach(p)(q!, key!, v!), expected);
});

test.each([1, 3, 6])("splitSoftmax with tiles of %d is the softmax, for large scores too", async (width) => {
  const scores = numbers(4 * 6, 5).map((x) => Math.fround(80 * x));
  const expected = [0, 1, 2, 3].flatMap((row) => softmax(scores.slice(6 * row, 6 * row + 6)));
  await expectClose(core.splitSoftmax(tf.tensor2d(scores, [4, 6]), width), expected);
});
