import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { feedForward, type FeedForward } from "#lab/transformer";
import { initVisionTransformer } from "#lab/vit";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { gelu, numbers, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/matformer");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/matformer");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(8);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

describe("nested", () => {
  const [d, dFf, tokens] = [3, 8, 4];
  const [W1, W2] = [numbers(d * dFf, 1), numbers(dFf * d, 2)]; // applied as x W
  const [b1, b2] = [numbers(dFf, 3), numbers(d, 4)];
  const x = numbers(tokens * d, 5);
  const ffn = (biases: boolean): FeedForward => ({
    hidden: tf.tensor2d(W1, [d, dFf]),
    output: tf.tensor2d(W2, [dFf, d]),
    ...(biases && { biases: { hidden: tf.tensor1d(b1), output: tf.tensor1d(b2) } }),
  });
  /** W_2[:, 1:m] σ(W_1[1:m, :] x + b_1[1:m]) + b_2, neuron by neuron. */
  function expected(m: number, biases: boolean): number[] {
    return rows(x, d).flatMap((row) => {
      const y = biases ? [...b2] : new Array<number>(d).fill(0);
      for (let neuron = 0; neuron < m; neuron++) {
        let sum = biases ? b1[neuron]! : 0;
        for (let j = 0; j < d; j++) sum += W1[j * dFf + neuron]! * row[j]!;
        for (let j = 0; j < d; j++) y[j]! += W2[neuron * d + j]! * gelu(sum);
      }
      return y;
    });
  }
  test.each([
    [1, true],
    [3, true],
    [8, true],
    [3, false],
    [8, false],
  ])("is the first %i neurons, biases %s", async (m, biases) => {
    const small = core.nested(ffn(biases), m);
    expect(small.hidden.shape).toEqual([d, m]);
    expect(small.output.shape).toEqual([m, d]);
    const input = tf.tensor3d(x, [1, tokens, d]);
    await expectClose(feedForward(input, small), expected(m, biases), 1e-5);
  });
  test("refuses more neurons than there are", () => {
    expect(() => core.nested(ffn(true), dFf + 1)).toThrow();
  });
});

describe("submodel", () => {
  const shape = { imageSize: 4, channels: 1, patchSize: 2, dModel: 4, numLayers: 3, dFf: 8, classes: 2 };
  const model = () =>
    initVisionTransformer(random(0), { ...shape, pooling: "class token" }, "uniform fan-in");
  const sizesOf = (of: ReturnType<typeof model>) =>
    of.blocks.map(({ feedForward }) => feedForward.hidden.shape[1]);
  test("has one size in all blocks, or one for each", () => {
    expect(sizesOf(core.submodel(model(), 2))).toEqual([2, 2, 2]);
    expect(sizesOf(core.submodel(model(), [8, 1, 4]))).toEqual([8, 1, 4]);
  });
  test("shares all else, and leaves the model as it is", () => {
    const whole = model();
    const small = core.submodel(whole, [4, 2, 1]);
    expect(sizesOf(whole)).toEqual([8, 8, 8]);
    const shared = leaves(small).filter(({ path }) => !path.includes("feedForward"));
    const all = new Map(leaves(whole).map(({ path, tensor }) => [path, tensor]));
    expect(shared.length).toBeGreaterThan(20);
    for (const { path, tensor } of shared) expect(tensor).toBe(all.get(path));
  });
});
