import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, softmax } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/zero-tprune");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/zero-tprune");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(10);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

/** One image's attention [heads][N][N] and keys [heads][N][dHead], drawn from a seed. */
const [heads, N, dHead] = [3, 9, 4];
function drawn(seed: number) {
  const scores = numbers(heads * N * N, seed);
  const A = Array.from({ length: heads }, (_, h) =>
    Array.from({ length: N }, (_, i) =>
      softmax(scores.slice((h * N + i) * N, (h * N + i + 1) * N).map((x) => 2 * x)).map(Math.fround),
    ),
  );
  const flat = numbers(heads * N * dHead, seed + 50);
  const K = Array.from({ length: heads }, (_, h) =>
    Array.from({ length: N }, (_, i) => flat.slice((h * N + i) * dHead, (h * N + i + 1) * dHead)),
  );
  return { A, K };
}
type Drawn = ReturnType<typeof drawn>;
const batch = [drawn(1), drawn(2)];
const attention = () => tf.tensor4d(batch.map(({ A }) => A));
const keys = () => tf.tensor4d(batch.map(({ K }) => K));

/** s_j = Σ_i A_ij s_i, once for each vote, in each head. */
function vote(A: number[][][], votes: number, boost: number): number[][] {
  return A.map((head) => {
    const n = head.length;
    let s = head.map((_, i) => (i === 0 ? boost : 1) / n);
    for (let t = 0; t < votes; t++) {
      const next = new Array<number>(n).fill(0);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) next[j]! += head[i]![j]! * s[i]!;
      s = next;
    }
    return s;
  });
}
/** The root mean square over the heads whose n s has a variance from 0.01 to 0.7, or over all. */
function importance(s: number[][]): number[] {
  const n = s[0]!.length;
  const passing = s.filter((head) => {
    const mean = head.reduce((sum, x) => sum + n * x, 0) / n;
    const variance = head.reduce((sum, x) => sum + (n * x - mean) ** 2, 0) / n;
    return variance >= 0.01 && variance <= 0.7;
  });
  const counted = passing.length ? passing : s;
  return s[0]!.map((_, i) =>
    Math.sqrt(counted.reduce((sum, head) => sum + head[i]! ** 2, 0) / counted.length),
  );
}
/** The class token, then the others from the most important one on. */
const ordered = (s: number[]) => [
  0,
  ...s
    .map((_, i) => i)
    .slice(1)
    .sort((i, j) => s[j]! - s[i]!),
];
/** What S leaves: a set. */
function afterS(s: number[], K: number[][][], r: number): Set<number> {
  const half = Math.floor((s.length - 1) / 2);
  const [, ...others] = ordered(s);
  const [upper, lower] = [others.slice(0, half), others.slice(half)];
  const mean = (i: number) =>
    K[0]![i]!.map((_, d) => K.reduce((sum, head) => sum + head[i]![d]!, 0) / K.length);
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, d) => sum + x * b[d]!, 0);
  const cosine = (i: number, j: number) =>
    dot(mean(i), mean(j)) / Math.sqrt(dot(mean(i), mean(i)) * dot(mean(j), mean(j)));
  const likeness = (i: number) => Math.max(...upper.map((j) => cosine(i, j)));
  const gone = [...lower].sort((i, j) => likeness(j) - likeness(i)).slice(0, r);
  return new Set(ordered(s).filter((i) => !gone.includes(i)));
}
function restricted(A: number[][][], places: number[]): number[][][] {
  return A.map((head) =>
    places.map((i) => {
      const total = places.reduce((sum, j) => sum + head[i]![j]!, 0);
      return places.map((j) => head[i]![j]! / total);
    }),
  );
}
const prune = ({ A, K }: Drawn, rS: number, rI: number, votes: number) => {
  const kept = [...afterS(importance(vote(A, 1, Math.sqrt(N))), K, rS)];
  const s = importance(vote(restricted(A, kept), votes, Math.sqrt(N)));
  return ordered(s)
    .slice(0, N - rS - rI)
    .map((place) => kept[place]!);
};
const sets = async (places: tf.Tensor2D) => ((await places.array()) as number[][]).map((row) => new Set(row));

test.each([
  [0, 1],
  [1, 1],
  [1, 3],
  [7, 1],
  [30, 3],
])("pageRank hands votes on %i times, boost %f", async (votes, boost) => {
  const expected = batch.flatMap(({ A }) => vote(A, votes, boost).flat());
  await expectClose(core.pageRank(attention(), votes, boost), expected, 1e-6);
});

describe("combine", () => {
  test("counts the heads whose variance is in the range", async () => {
    const flat = new Array<number>(5).fill(0.2); // variance 0: it tells no token from another
    const spike = [1, 0, 0, 0, 0]; // variance 4 of 5 s: it sees but one
    const good = [0.3, 0.3, 0.2, 0.1, 0.1];
    const s = [
      [flat, spike, good],
      [flat, spike, spike],
    ];
    const expected = [...good, ...importance(s[1]!)];
    expect(importance(s[0]!)).toEqual(good.map((x) => Math.sqrt(x ** 2)));
    await expectClose(core.combine(tf.tensor3d(s)), expected, 1e-6);
  });
  test("is the root mean square over heads", async () => {
    const s = batch.map(({ A }) => vote(A, 5, 1));
    await expectClose(core.combine(tf.tensor3d(s)), s.flatMap(importance), 1e-6);
  });
});

test("top puts the class token first, and then the most important", async () => {
  const s = tf.tensor2d([
    [0, 3, 1, 2],
    [9, -1, -3, -2],
  ]);
  expect(await core.top(s, 3).array()).toEqual([
    [0, 1, 3],
    [0, 1, 3],
  ]);
  expect(await core.top(s, 1).array()).toEqual([[0], [0]]);
});

test("take reads another place in each image", async () => {
  const x = tf.tensor3d([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]);
  const places = tf.tensor2d(
    [
      [1, 0],
      [1, 1],
    ],
    [2, 2],
    "int32",
  );
  expect(await core.take(x, places).array()).toEqual([
    [
      [3, 4],
      [1, 2],
    ],
    [
      [7, 8],
      [7, 8],
    ],
  ]);
});

test.each([0, 1, 3])("distinct leaves out %i tokens of the lower half that have a like", async (r) => {
  const s = batch.map(({ A }) => importance(vote(A, 3, 1)));
  const mean = tf.mean(keys(), 1) as tf.Tensor3D;
  const expected = batch.map(({ K }, image) => afterS(s[image]!, K, r));
  expect(await sets(core.distinct(tf.tensor2d(s), mean, r))).toEqual(expected);
  expect(expected[0]!.size).toBe(N - r);
});

test("restrict keeps rows and columns, and their sums at 1", async () => {
  const places = [
    [0, 5, 2],
    [0, 1, 8],
  ];
  const expected = batch.flatMap(({ A }, image) => restricted(A, places[image]!).flat(2));
  const got = core.restrict(attention(), tf.tensor2d(places, [2, 3], "int32"));
  expect(got.shape).toEqual([2, heads, 3, 3]);
  await expectClose(got, expected, 1e-6);
});

test.each([
  [0, 0, 1],
  [2, 0, 1],
  [0, 3, 10],
  [2, 3, 10],
  [3, 4, 5],
])("prune leaves what S = %i and I = %i leave, after %i votes", async (rS, rI, votes) => {
  const got = await sets(core.prune(attention(), keys(), rS, rI, votes));
  expect(got).toEqual(batch.map((one) => new Set(prune(one, rS, rI, votes))));
  for (const stay of got) expect(stay.has(0)).toBe(true);
});
