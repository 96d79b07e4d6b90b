import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { withBiases } from "#lab/arena/ring";
import type { Claim } from "#lab/claim";
import { flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { initLanguageModel, type LanguageModel } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { type Matrix, product, rows } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/peft-review");
let model: LanguageModel;
const [d, time] = [8, 3];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/peft-review");
  model = withBiases(
    initLanguageModel(
      random(1),
      { vocabSize: 7, time: 6, dModel: d, numHeads: 4, numLayers: 1, dFf: 12 },
      0.3,
    ),
  );
});

test("identities and counts hold at quick scale; the rest is reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "ordering" ? "reported" : "holds"]);
});

const matrix = async (tensor: tf.Tensor): Promise<Matrix> =>
  rows(Array.from(await tensor.data()), tensor.shape.at(-1)!);

describe("against float64 loops", () => {
  test("an adapter adds GELU(y W_down) W_up to what a sub-layer computed", async () => {
    const { parameters, changed } = core.adapter(5)(model, random(2));
    const wild = mapParameters(parameters, (t) => random(t.size).normal(t.shape));
    const { A, B } = (wild as Record<string, Record<string, { A: tf.Tensor; B: tf.Tensor }>>)[0]!
      .feedForward!;
    expect([A.shape, B.shape]).toEqual([
      [d, 5],
      [5, d],
    ]);
    // Observed where the block adds it: attention's share is taken away by a model whose output map is zero.
    const x = random(3).normal([1, time, d]);
    const { block } = changed(wild).options!;
    const silent = mapParameters(model.blocks[0]!, (t, path) => (/output/.test(path) ? tf.zerosLike(t) : t));
    const y = block!(x, silent, 1, { attention: tf.clone, feedForward: tf.clone });
    // Both sub-layers give zero, and GELU(0 W_down) W_up is zero too.
    await expectClose(y, Array.from(await x.data()));
    const shifted = mapParameters(silent, (t, path) =>
      path === "feedForward.biases.output" ? random(4).normal([d]) : t,
    );
    const added = await matrix(shifted.feedForward.biases!.output);
    const gelu = (v: number) => 0.5 * v * (1 + erf(v / Math.SQRT2));
    const through = product(
      product(added, await matrix(A)).map((row) => row.map(gelu)),
      await matrix(B),
    )[0]!;
    const change = added[0]!.map((value, i) => value + through[i]!);
    const expected = (await matrix(x)).flatMap((row) => row.map((value, i) => value + change[i]!));
    const out = block!(x, shifted, 1, { attention: tf.clone, feedForward: tf.clone });
    await expectClose(out, expected, 1e-3);
  });

  test("LoRA merges as W + (α / r) (B A)ᵀ, at queries and values alone", async () => {
    const { parameters, merged } = core.lora(2, 6)(model, random(2));
    const wild = mapParameters(parameters, (t) => random(t.size).normal(t.shape));
    const [before, after] = [flatten(model), flatten(merged!(wild))];
    const factors = flatten(wild);
    for (const [path, W] of Object.entries(before)) {
      const A = factors[`${path}.A`];
      const plain = await matrix(W);
      if (!A) {
        await expectClose(after[path]!, plain.flat());
        continue;
      }
      expect(path).toMatch(/^blocks\.0\.attention\.(query|value)$/);
      const BA = product(await matrix(factors[`${path}.B`]!), await matrix(A)); // [dOut, dIn]
      await expectClose(
        after[path]!,
        plain.flatMap((row, i) => row.map((value, j) => value + 3 * BA[j]![i]!)),
      );
    }
  });
});

/** The error function, by its series. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
