import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { initVisionTransformer, type VisionTransformer } from "#lab/vit";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { crossEntropy, type Matrix, numbers, rows, softmax } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/model-soups");
let core: Notebook;
const claims: Claim[] = [];
const shape = {
  imageSize: 4,
  channels: 1,
  patchSize: 2,
  dModel: 4,
  numLayers: 1,
  classes: 3,
  dFf: 6,
} as const;
let models: VisionTransformer[];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/model-soups");
  const plain = initVisionTransformer(random(0), { ...shape, pooling: "class token" }, 1);
  models = [1, 2, 3].map((seed) =>
    mapParameters(plain, (tensor, path) =>
      tf.tensor(numbers(tensor.size, 7 * seed + path.length), tensor.shape),
    ),
  );
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

/** The numbers of a model by path. */
async function read(model: VisionTransformer) {
  const entries = leaves(model).map(async ({ path, tensor }) => [path, [...(await tensor.data())]] as const);
  return new Map(await Promise.all(entries));
}

describe("soup", () => {
  test.each([
    ["equal shares", undefined, [1 / 3, 1 / 3, 1 / 3]],
    ["shares given", [0.6, 0.5, -0.1], [0.6, 0.5, -0.1]],
  ] as const)("averages every tensor with %s", async (_, given, shares) => {
    const soup = await read(core.soup(models, given && [...given]));
    const all = await Promise.all(models.map(read));
    expect([...soup.keys()]).toEqual([...all[0]!.keys()]);
    for (const [path, values] of soup)
      values.forEach((value, i) => {
        let expected = 0;
        for (let m = 0; m < 3; m++) expected += shares[m]! * all[m]!.get(path)![i]!;
        expect(value).toBeCloseTo(expected, 5);
      });
  });
  test("of one model is that model, bit by bit", async () => {
    expect(await read(core.soup([models[1]!]))).toEqual(await read(models[1]!));
  });
});

describe("greedySoup", () => {
  /** A validation accuracy that is looked up by the first number of the head's bias. */
  const bias = async (model: VisionTransformer) => (await model.head.bias.data())[0]!;
  const withBias = (value: number) => ({
    ...models[0]!,
    head: { ...models[0]!.head, bias: tf.tensor1d([value, 0, 0]) },
  });

  test("starts from the best, and keeps what does not lower the accuracy", async () => {
    // Best at 1, less the further away: 1.2 first, then 0.7 (mean 0.95), then 0.5 (mean 0.8, worse), then 1.6 (1.17).
    const offered = [0.5, 1.6, 1.2, 0.7].map(withBias);
    const seen: number[] = [];
    const { ranked, kept } = await core.greedySoup(offered, async (model) => {
      const value = await bias(model);
      seen.push(value);
      return 1 - Math.abs(value - 1) / 2;
    });
    expect(ranked).toEqual([offered[2], offered[3], offered[0], offered[1]]);
    expect(kept).toEqual([offered[2], offered[3]]);
    const expected = [0.5, 1.6, 1.2, 0.7, 1.2, 0.95, 0.8, 3.5 / 3];
    seen.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    expect(seen).toHaveLength(expected.length);
  });
  test("keeps a model with which the accuracy is the same", async () => {
    const offered = [1, 2].map(withBias);
    expect((await core.greedySoup(offered, async () => 0.5)).kept).toEqual(offered);
  });
  test("of one model is that model", async () => {
    const { ranked, kept } = await core.greedySoup([models[0]!], async () => 0);
    expect([ranked, kept]).toEqual([[models[0]], [models[0]]]);
  });
});

describe("predictedGap", () => {
  const targets = [0, 2, 1, 1, 0];
  const y = () => tf.tensor1d(targets, "int32");
  const matrix = (seed: number, size: number): Matrix =>
    rows(
      numbers(15, seed).map((v) => size * v),
      3,
    );
  const add = (a: Matrix, b: Matrix, times: number) =>
    a.map((row, i) => row.map((v, j) => v + times * b[i]![j]!));
  const gap = async (f: Matrix[], delta: Matrix, h?: number) =>
    (
      await core
        .predictedGap(
          f.map((each) => tf.tensor2d(each)),
          tf.tensor2d(delta),
          y(),
          h,
        )
        .data()
    )[0]!;

  test("is the equation in float64", async () => {
    const [f, delta] = [[1, 2, 3].map((seed) => matrix(seed, 2)), matrix(4, 1)];
    const losses = f.map((each) => crossEntropy(each, targets));
    const curvature = (losses[0]! - 2 * losses[1]! + losses[2]!) / 0.2 ** 2;
    let variance = 0;
    f[1]!.forEach((row, i) => {
      const p = softmax(row);
      const mean = p.reduce((sum, q, k) => sum + q * delta[i]![k]!, 0);
      variance += p.reduce((sum, q, k) => sum + q * (delta[i]![k]! - mean) ** 2, 0) / targets.length;
    });
    const expected = (0.5 * 0.5 * (-curvature + variance)) / 2;
    expect((await gap(f, delta, 0.2)) / expected).toBeCloseTo(1, 3);
  });
  test("is nothing where logits move along a line, as the soup is the ensemble there", async () => {
    const [f, delta] = [matrix(5, 1), matrix(6, 1)];
    const path = [-0.1, 0, 0.1].map((step) => add(f, delta, step));
    expect(Math.abs(await gap(path, delta))).toBeLessThan(1e-3);
    expect(await gap([f, f, f], delta)).toBeGreaterThan(0.01);
  });
});
