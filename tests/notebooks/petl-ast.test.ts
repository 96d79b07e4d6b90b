import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { countParameters, leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import { initVisionTransformer, traceVision, type VisionTransformer } from "#lab/vit";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { gelu, layerNorm, type Matrix, numbers, rows, softmax, sum } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/petl-ast");
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
  pooling: "mean",
} as const;
const sizes = { patchSize: 7, numHeads: 2 };
let model: VisionTransformer;
let adapters: ReturnType<Notebook["initAdapters"]>;
const pixels = numbers(2 * 14 * 14, 5);
const images = () => tf.tensor4d(pixels, [2, 14, 14, 1]);
/** All tensors filled with small numbers, so that gains are not one and nothing is zero. */
const filled = <T extends Parameters<typeof countParameters>[0]>(tree: T, salt: number): T =>
  mapParameters(tree, (tensor, path) =>
    tf.mul(tf.tensor(numbers(tensor.size, salt + 3 * path.length + tensor.size), tensor.shape), 0.5),
  );
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/petl-ast");
  model = filled(initVisionTransformer(random(0), shape, 1), 0);
  adapters = filled(core.initAdapters(random(2), model, 3), 7);
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

describe("initAdapters", () => {
  test("has one adapter per block with the block's norm, and L (2 d r + r + 3 d) numbers", () => {
    const drawn = core.initAdapters(random(3), model, 3);
    expect(drawn).toHaveLength(2);
    expect(countParameters(drawn)).toBe(2 * (2 * 8 * 3 + 3 + 3 * 8));
    drawn.forEach(({ norm2 }, l) => expect(norm2).toBe(model.blocks[l]!.norm2));
  });
  test("draws the down-projection within 1/√d and leaves the rest zero", async () => {
    for (const { Wdown, bd, Wup, bu } of core.initAdapters(random(3), model, 3)) {
      const values = [...(await Wdown.data())];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(8));
      expect(new Set(values).size).toBeGreaterThan(20);
      for (const tensor of [bd, Wup, bu]) expect([...(await tensor.data())].every((v) => v === 0)).toBe(true);
    }
  });
});

/** What a block of a direct computation does with the stream. */
type Way = "par" | "par+res" | "seq+res" | "seq" | "prompts";

/** The stream of one image after all blocks, by loops over indices in float64. */
async function reference(image: number, way: Way, prompts: Matrix[] = []): Promise<Matrix> {
  const values = new Map<string, number[]>();
  for (const { path, tensor } of leaves({ model, adapters })) values.set(path, [...(await tensor.data())]);
  const get = (path: string) => values.get(path)!;
  const affine = (x: Matrix, W: number[], b: number[]): Matrix =>
    x.map((row) => b.map((start, j) => row.reduce((total, v, i) => total + v * W[i * b.length + j]!, start)));
  const patches: Matrix = [];
  for (const top of [0, 7])
    for (const left of [0, 7]) {
      const patch: number[] = [];
      for (let i = 0; i < 7; i++)
        for (let j = 0; j < 7; j++) patch.push(pixels[image * 196 + (top + i) * 14 + left + j]!);
      patches.push(patch);
    }
  const embedded = affine(patches, get("model.patch.weight"), get("model.patch.bias"));
  let x = sum(embedded, rows(get("model.positions"), 8));
  for (let l = 0; l < 2; l++) {
    if (way === "prompts") x = [...prompts[l]!, ...x.slice(l === 0 ? 0 : prompts[l - 1]!.length)];
    const at = (name: string) => get(`model.blocks.${l}.${name}`);
    const own = (name: string) => get(`adapters.${l}.${name}`);
    const h = layerNorm(x, at("norm1.gain"), at("norm1.bias"));
    const [Q, K, V] = ["query", "key", "value"].map((name) =>
      affine(h, at(`attention.${name}`), at(`attention.biases.${name}`)),
    ) as [Matrix, Matrix, Matrix];
    const found: Matrix = x.map(() => []);
    for (const columns of [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ])
      for (let t = 0; t < x.length; t++) {
        const scores = K.map((key) => columns.reduce((total, j) => total + Q[t]![j]! * key[j]!, 0) / 2);
        const weights = softmax(scores);
        for (const j of columns) found[t]![j] = weights.reduce((total, w, s) => total + w * V[s]![j]!, 0);
      }
    const middle = sum(x, affine(found, at("attention.output"), at("attention.biases.output")));
    const adapt = way !== "prompts";
    const [gain, bias] = adapt
      ? [own("norm2.gain"), own("norm2.bias")]
      : [at("norm2.gain"), at("norm2.bias")];
    const u = layerNorm(middle, gain!, bias!);
    const hidden = affine(u, at("feedForward.hidden"), at("feedForward.biases.hidden"));
    const f = affine(
      hidden.map((row) => row.map(gelu)),
      at("feedForward.output"),
      at("feedForward.biases.output"),
    );
    const A = (input: Matrix): Matrix =>
      input.map((row) => {
        const narrow = own("bd").map((b, k) =>
          gelu(row.reduce((total, v, i) => total + v * own("Wdown")[i * 3 + k]!, b)),
        );
        return own("bu").map((b, j) => narrow.reduce((total, v, k) => total + v * own("Wup")[k * 8 + j]!, b));
      });
    if (way === "prompts") x = sum(middle, f);
    if (way === "par") x = sum(middle, sum(f, A(u)));
    if (way === "par+res") x = sum(middle, sum(sum(f, A(u)), u));
    if (way === "seq+res") x = sum(middle, sum(f, A(f)));
    if (way === "seq") x = sum(middle, A(f));
  }
  return x;
}

function agree(got: Matrix, expected: Matrix) {
  expect(got.length).toBe(expected.length);
  got.forEach((row, t) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[t]![j]!, 3)));
}

describe("adapted", () => {
  test.each(["par", "par+res", "seq+res", "seq"] as const)(
    "%s gives the stream of a direct computation in float64",
    async (place) => {
      const { residuals } = traceVision(model, images(), sizes, { block: core.adapted(adapters, place) });
      const got = rows(await residuals.at(-1)!.data(), 8);
      for (const image of [0, 1]) agree(got.slice(4 * image, 4 * image + 4), await reference(image, place));
    },
  );
  test("knows the four places", () => {
    expect([...core.places].sort()).toEqual(["par", "par+res", "seq", "seq+res"]);
  });
  test.each(["par", "par+res", "seq+res", "seq"] as const)(
    "%s has the gradients of finite differences",
    async (place) => {
      const tensors = leaves(adapters).map(({ tensor }) => tensor);
      const total = (...now: tf.Tensor[]) => {
        const block = core.adapted(replace(adapters, now), place);
        return tf.mean(tf.square(traceVision(model, images(), sizes, { block }).logits)) as tf.Scalar;
      };
      const slopes = tf.grads(total)(tensors);
      for (const [i, tensor] of tensors.entries()) {
        const at = tensor.size - 1;
        const step = tf.reshape(tf.mul(tf.oneHot(at, tensor.size), 1e-2), tensor.shape);
        const moved = (sign: number) =>
          total(...tensors.map((other, k) => (k === i ? tf.add(other, tf.mul(sign, step)) : other)));
        const expected = (await tf.sub(moved(1), moved(-1)).data())[0]! / 2e-2;
        const got = (await slopes[i]!.data())[at]!;
        expect(Math.abs(got - expected)).toBeLessThan(0.03 * Math.abs(expected) + 2e-3);
      }
    },
  );
});

describe("prompted", () => {
  test("gives the stream of a direct computation, with new prompts in the place of the old", async () => {
    const prompts = [tf.tensor2d(numbers(24, 3), [3, 8]), tf.tensor2d(numbers(16, 4), [2, 8])];
    const block = core.prompted(prompts);
    const { residuals } = traceVision(model, images(), sizes, { block });
    expect(residuals.map(({ shape }) => shape[1])).toEqual([4, 7, 6]);
    const got = rows(await residuals.at(-1)!.data(), 8);
    const given = [rows(numbers(24, 3), 8), rows(numbers(16, 4), 8)];
    for (const image of [0, 1])
      agree(got.slice(6 * image, 6 * image + 6), await reference(image, "prompts", given));
  });
});
