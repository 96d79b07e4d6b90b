import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { type Block, initLanguageModel, type LanguageModel, type SubLayers } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import * as reference from "#tests/lab/reference";
import type { Matrix } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/s2ft");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/s2ft");
});

const { numbers, rows } = reference;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(8);
  for (const { id, kind, verdict } of claims) {
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
  }
});

describe("choose", () => {
  test("draws ⌊ratio · numLayers · size⌋ different places", () => {
    const S = core.choose(random(3), "feedForward", 10, 0.33, 4);
    const drawn = Object.entries(S).flatMap(([part, chosen]) => chosen.map((i) => `${part} ${i}`));
    expect(drawn).toHaveLength(13);
    expect(new Set(drawn).size).toBe(13);
    for (const one of drawn) expect(one).toMatch(/^[0-3]\.feedForward [0-9]$/);
  });
  test("leaves out layers of which nothing is chosen, and can choose all", () => {
    expect(core.choose(random(0), "attention", 4, 0, 2)).toEqual({});
    expect(Object.keys(core.choose(random(0), "attention", 4, 0.25, 4)).length).toBeLessThan(5);
    const all = core.choose(random(0), "attention", 3, 1, 2);
    expect(all["0.attention"]!.toSorted()).toEqual([0, 1, 2]);
    expect(all["1.attention"]!.toSorted()).toEqual([0, 1, 2]);
  });
});

test("inFront puts the chosen first and keeps the others in order", () => {
  expect(core.inFront([3, 1], 5)).toEqual([3, 1, 0, 2, 4]);
  expect(core.inFront([], 3)).toEqual([0, 1, 2]);
});

const [time, dModel, dFf, numHeads] = [5, 8, 12, 4];
const shape = { vocabSize: 7, time, dModel, dFf, numHeads, numLayers: 2 };
const matrix = async (W: tf.Tensor) => rows(await W.data(), W.shape[1]!);
const weightsOf = async ({ attention, feedForward }: Block) => ({
  query: await matrix(attention.query),
  key: await matrix(attention.key),
  value: await matrix(attention.value),
  output: await matrix(attention.output),
  hidden: await matrix(feedForward.hidden),
  down: await matrix(feedForward.output),
});

test("copermute takes columns of what is read and rows of what reads, and nothing else", async () => {
  const model = initLanguageModel(random(1), shape, 0.5);
  const S = { "1.attention": [6, 7], "1.feedForward": [11, 4] };
  const permuted = core.copermute(model, S);
  const [before, after] = [await weightsOf(model.blocks[1]!), await weightsOf(permuted.blocks[1]!)];
  const [features, channels] = [
    [6, 7, 0, 1, 2, 3, 4, 5],
    [11, 4, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10],
  ];
  const columns = (W: Matrix, pi: number[]) => W.map((row) => pi.map((i) => row[i]!));
  for (const name of ["query", "key", "value"] as const)
    expect(after[name]).toEqual(columns(before[name], features));
  expect(after.output).toEqual(features.map((i) => before.output[i]));
  expect(after.hidden).toEqual(columns(before.hidden, channels));
  expect(after.down).toEqual(channels.map((i) => before.down[i]));
  expect(permuted.blocks[0]).toEqual(model.blocks[0]);
  expect([permuted.tokens, permuted.head]).toEqual([model.tokens, model.head]);
});

describe("s2Linear", () => {
  const [tokens, dIn, dOut, s] = [6, 5, 3, 2];
  const [x, W, Delta, g] = [
    numbers(tokens * dIn, 1),
    numbers(dIn * dOut, 2),
    numbers(s * dOut, 3),
    numbers(tokens * dOut, 4),
  ];
  /** W + [Δ, 0]. */
  const merged = rows(W, dOut).map((row, i) =>
    row.map((value, o) => value + (i < s ? Delta[i * dOut + o]! : 0)),
  );
  const run = (x: tf.Tensor, Delta: tf.Tensor) => core.s2Linear(x, tf.tensor2d(W, [dIn, dOut]), Delta);

  test("is x W + x_{1:s} Δ, over all leading axes", async () => {
    const y = run(tf.tensor3d(x, [2, 3, dIn]), tf.tensor2d(Delta, [s, dOut]));
    expect(y.shape).toEqual([2, 3, dOut]);
    await expectClose(y, reference.product(rows(x, dIn), merged).flat());
  });
  test("has the gradients of x and Δ", async () => {
    const [dx, dDelta] = tf.grads((x, Delta) =>
      tf.sum(tf.mul(run(x, Delta), tf.tensor2d(g, [tokens, dOut]))),
    )([tf.tensor2d(x, [tokens, dIn]), tf.tensor2d(Delta, [s, dOut])]);
    const [X, G] = [rows(x, dIn), rows(g, dOut)];
    await expectClose(
      dx!,
      G.flatMap((row) => merged.map((weights) => weights.reduce((sum, w, o) => sum + w * row[o]!, 0))),
    );
    await expectClose(
      dDelta!,
      range(s).flatMap((i) =>
        range(dOut).map((o) => X.reduce((sum, row, t) => sum + row[i]! * G[t]![o]!, 0)),
      ),
    );
  });
  test("is x W without a slice", async () => {
    const y = core.s2Linear(tf.tensor2d(x, [tokens, dIn]), tf.tensor2d(W, [dIn, dOut]));
    await expectClose(y, reference.product(rows(x, dIn), rows(W, dOut)).flat());
  });
});

test("s2Block is the pre-norm block with Δ added to the first rows of W_o and W_d", async () => {
  const model: LanguageModel = initLanguageModel(random(2), shape, 0.4);
  const block = model.blocks[1]!;
  const [x, o, d] = [numbers(time * dModel, 5), numbers(2 * dModel, 6), numbers(3 * dModel, 7)];
  const run = core.s2Block(
    ["1.feedForward", "0.attention", "1.attention"],
    [tf.tensor2d(d, [3, dModel]), tf.ones([2, dModel]), tf.tensor2d(o, [2, dModel])],
  );
  // The second block, which is number 2 when blocks are counted from 1.
  const y = run(tf.tensor3d(x, [1, time, dModel]), block, 2, {} as SubLayers);

  const weights = await weightsOf(block);
  const plus = (W: Matrix, Delta: number[]) =>
    W.map((row, i) => row.map((value, j) => value + (Delta[i * dModel + j] ?? 0)));
  const norm = (m: Matrix) => reference.layerNorm(m, Array(dModel).fill(1), Array(dModel).fill(0));
  const X = rows(x, dModel);
  const attended = reference.attention(
    norm(X),
    { ...weights, output: plus(weights.output, o) },
    numHeads,
    true,
  );
  const middle = reference.sum(X, attended);
  const channels = reference.product(norm(middle), weights.hidden).map((row) => row.map(reference.gelu));
  const expected = reference.sum(middle, reference.product(channels, plus(weights.down, d)));
  await expectClose(y, expected.flat(), 1e-4);
});

test("fuse adds a slice to the rows that it was trained for", async () => {
  const [W, Delta] = [numbers(5 * 3, 8), numbers(2 * 3, 9)];
  const fused = core.fuse(tf.tensor2d(W, [5, 3]), [4, 1], tf.tensor2d(Delta, [2, 3]));
  const expected = rows(W, 3).map((row, i) => {
    const at = [4, 1].indexOf(i);
    return row.map((value, j) => value + (at < 0 ? 0 : Delta[at * 3 + j]!));
  });
  await expectClose(fused, expected.flat(), 1e-6);
});
