import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { countParameters, leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { classify, initVisionTransformer, type VisionTransformer } from "#lab/vit";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { gelu, layerNorm, type Matrix, numbers, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/ssf");
let core: Notebook;
const claims: Claim[] = [];
const shape = {
  imageSize: 14,
  channels: 1,
  patchSize: 7,
  dModel: 8,
  numLayers: 2,
  classes: 3,
  dFf: 12,
  pooling: "class token",
} as const;
let model: VisionTransformer;
let pairs: ReturnType<Notebook["initPairs"]>;
const pixels = numbers(2 * 14 * 14, 5);
const images = () => tf.tensor4d(pixels, [2, 14, 14, 1]);
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/ssf");
  // All tensors filled, so that gains are not one and biases not zero.
  const plain = initVisionTransformer(random(0), shape, 1);
  model = mapParameters(plain, (tensor, path) =>
    tf.tensor(numbers(tensor.size, 3 * path.length + tensor.size), tensor.shape),
  );
  pairs = core.initPairs(random(2), model, 0.4);
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(7);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

describe("initPairs", () => {
  test("has one pair for each operation, of the size of its output", () => {
    const inBlock = ["norm1.gain", "attention.query", "attention.key", "attention.value", "attention.output"];
    const names = [...inBlock, "norm2.gain", "feedForward.hidden", "feedForward.output"];
    const expected = [
      "patch.weight",
      "norm.gain",
      ...[0, 1].flatMap((l) => names.map((n) => `blocks.${l}.${n}`)),
    ];
    expect(Object.keys(pairs).sort()).toEqual(expected.sort());
    for (const [path, { gamma, beta }] of Object.entries(pairs)) {
      const width = path.endsWith("hidden") ? 12 : 8;
      expect([path, gamma.shape, beta.shape]).toEqual([path, [width], [width]]);
    }
    expect(countParameters(pairs)).toBe(2 * 2 * (7 * 8 + 12) + 4 * 8);
  });
  test("draws scales about one and shifts about zero", async () => {
    const drawn = core.initPairs(random(3), model, 0.02);
    const all = async (name: "gamma" | "beta") =>
      (await Promise.all(Object.values(drawn).map(async (pair) => [...(await pair[name].data())]))).flat();
    for (const [name, mean] of [
      ["gamma", 1],
      ["beta", 0],
    ] as const) {
      const values = await all(name);
      const from = values.map((value) => value - mean);
      expect(Math.abs(from.reduce((sum, value) => sum + value, 0) / from.length)).toBeLessThan(0.006);
      const deviation = Math.sqrt(from.reduce((sum, value) => sum + value ** 2, 0) / from.length);
      expect(deviation).toBeGreaterThan(0.016);
      expect(deviation).toBeLessThan(0.024);
    }
  });
});

/** Logits of one image, by loops over indices in float64, with y = γ x + β after each operation. */
async function reference(image: number): Promise<number[]> {
  const values = new Map<string, number[]>();
  for (const { path, tensor } of leaves(model)) values.set(path, [...(await tensor.data())]);
  const scales = new Map<string, { gamma: number[]; beta: number[] }>();
  for (const [path, { gamma, beta }] of Object.entries(pairs))
    scales.set(path, { gamma: [...(await gamma.data())], beta: [...(await beta.data())] });
  const get = (path: string) => values.get(path)!;
  const scaled = (x: Matrix, path: string): Matrix => {
    const { gamma, beta } = scales.get(path)!;
    return x.map((row) => row.map((value, j) => gamma[j]! * value + beta[j]!));
  };
  const affine = (x: Matrix, W: number[], b: number[]): Matrix =>
    x.map((row) => b.map((start, j) => row.reduce((sum, v, i) => sum + v * W[i * b.length + j]!, start)));
  const patches: Matrix = [];
  for (const [top, left] of [
    [0, 0],
    [0, 7],
    [7, 0],
    [7, 7],
  ] as const) {
    const patch: number[] = [];
    for (let i = 0; i < 7; i++)
      for (let j = 0; j < 7; j++) patch.push(pixels[image * 196 + (top + i) * 14 + left + j]!);
    patches.push(patch);
  }
  const embedded = scaled(affine(patches, get("patch.weight"), get("patch.bias")), "patch.weight");
  const positions = rows(get("positions"), 8);
  let x = [get("classToken"), ...embedded].map((row, t) => row.map((v, j) => v + positions[t]![j]!));
  for (let l = 0; l < 2; l++) {
    const at = (name: string) => `blocks.${l}.${name}`;
    const norm = (name: string) =>
      scaled(layerNorm(x, get(at(`${name}.gain`)), get(at(`${name}.bias`))), at(`${name}.gain`));
    const map = (input: Matrix, part: string, name: string) =>
      scaled(
        affine(input, get(at(`${part}.${name}`)), get(at(`${part}.biases.${name}`))),
        at(`${part}.${name}`),
      );
    const h = norm("norm1");
    const [Q, K, V] = ["query", "key", "value"].map((name) => map(h, "attention", name)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    const found: Matrix = x.map(() => []);
    for (let head = 0; head < 4; head++) {
      const own = [2 * head, 2 * head + 1];
      for (let t = 0; t < x.length; t++) {
        const scores = K.map((key) => own.reduce((sum, j) => sum + Q[t]![j]! * key[j]!, 0) / Math.sqrt(2));
        const exps = scores.map((score) => Math.exp(score - Math.max(...scores)));
        const total = exps.reduce((sum, e) => sum + e, 0);
        for (const j of own) found[t]![j] = exps.reduce((sum, e, s) => sum + (e / total) * V[s]![j]!, 0);
      }
    }
    const add = (change: Matrix) => x.map((row, t) => row.map((v, j) => v + change[t]![j]!));
    x = add(map(found, "attention", "output"));
    const hidden = map(norm("norm2"), "feedForward", "hidden").map((row) => row.map(gelu));
    x = add(map(hidden, "feedForward", "output"));
  }
  const last = scaled(layerNorm([x[0]!], get("norm.gain"), get("norm.bias")), "norm.gain");
  return affine(last, get("head.weight"), get("head.bias"))[0]!;
}

describe("classifyScaled and merge", () => {
  test("give the logits of a direct computation in float64", async () => {
    const merged = core.merge(model, pairs);
    const scaled = rows(await core.classifyScaled(model, pairs, images()).data(), 3);
    const plain = rows(await classify(merged, images(), { patchSize: 7, numHeads: 4 }).data(), 3);
    for (const image of [0, 1]) {
      const expected = await reference(image);
      for (const got of [scaled, plain])
        got[image]!.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 3));
    }
  });
  test("merge multiplies columns and leaves head, class token and positions as they are", async () => {
    const merged = core.merge(model, pairs);
    const [before, after] = await Promise.all(
      [model, merged].map(async (m) => rows(await m.blocks[1]!.feedForward.hidden.data(), 12)),
    );
    const gamma = await pairs["blocks.1.feedForward.hidden"]!.gamma.data();
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 12; j++) expect(after![i]![j]).toBeCloseTo(before![i]![j]! * gamma[j]!, 6);
    for (const name of ["positions", "classToken"] as const) expect(merged[name]).toBe(model[name]);
    expect(merged.head).toEqual(model.head);
  });
  test("has gradients of finite differences for scale and shift", async () => {
    const path = "blocks.0.feedForward.hidden";
    const sum = (gamma: tf.Tensor, beta: tf.Tensor) => {
      const changed = { ...pairs, [path]: { gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D } };
      return tf.sum(core.classifyScaled(model, changed, images())) as tf.Scalar;
    };
    const { gamma, beta } = pairs[path]!;
    const slopes = tf.grads(sum)([gamma, beta]);
    const step = tf.mul(tf.oneHot(3, 12), 1e-2);
    const differences = [
      tf.sub(sum(tf.add(gamma, step), beta), sum(tf.sub(gamma, step), beta)),
      tf.sub(sum(gamma, tf.add(beta, step)), sum(gamma, tf.sub(beta, step))),
    ];
    for (const [i, difference] of differences.entries()) {
      const expected = (await difference.data())[0]! / 2e-2;
      expect((await slopes[i]!.data())[3]! / expected).toBeCloseTo(1, 1);
    }
  });
});
