import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { read } from "#lab/metric";
import { mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import type { Scale } from "#lab/session";
import { initLanguageModel, trace } from "#lab/transformer";
import { statedOn } from "#ledger/stated";
import { applyMistake } from "#notebook/mistake";
import { devices, expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import * as reference from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/curse-of-depth");
const source = readFileSync("notebooks/curse-of-depth.ts", "utf8");

/** The notebook's exports and claims, run anew from its source, which may have been edited. */
async function run(text: string, scale: Scale, name: string): Promise<Run> {
  const claims = new Map<string, Claim>();
  startNodeSession({ scale, onClaim: (claim) => claims.set(claim.id, claim) });
  mkdirSync(".cache/notebooks", { recursive: true });
  const file = join(process.cwd(), `.cache/notebooks/curse-of-depth-${name}.ts`);
  writeFileSync(file, text);
  return { core: (await import(/* @vite-ignore */ file)) as Notebook, claims };
}

interface Run {
  core: Notebook;
  claims: Map<string, Claim>;
}

const runs: Record<string, Run> = {};
const kept: Record<string, number> = {};
beforeAll(async () => {
  for (const device of devices) {
    await startHere(device);
    const before = tf.memory().numTensors;
    runs[device] = await run(source, "quick", device);
    kept[device] = tf.memory().numTensors - before;
  }
});

describe.each(devices)("on %s at quick scale", (device) => {
  const claims = () => runs[device]!.claims;
  test("identities and counts hold; orderings and trends are reported", () => {
    expect(claims().size).toBe(14);
    for (const { id, kind, verdict } of claims().values()) {
      expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
    }
  });
  test("measures what the other devices measure", () => {
    for (const [id, { measured, kind }] of runs.cpu!.claims) {
      const error = Math.abs(claims().get(id)!.measured - measured);
      expect(error, id).toBeLessThan(kind === "identity" ? 1e-5 : 1e-4 * Math.max(1, Math.abs(measured)));
    }
  });
  test("keeps the held-out batch and two models of 45 tensors, and nothing else", () => {
    expect(kept[device]).toBe(2 + 2 * 45);
  });
});

describe.each(devices)("the core on %s", (device) => {
  beforeAll(() => startHere(device));
  const core = () => runs[device]!.core;
  const [time, d] = [5, 8];
  const { numbers, rows } = reference;
  const [x, next] = [numbers(time * d, 1), numbers(time * d, 2)];
  const tensor = (values: number[]) => tf.tensor3d(values, [1, time, d]);

  test.each([1, 2, 7])(
    "lnsBlock is x' = x + Attn(LN(x)/√ℓ), then x' + FFN(LN(x')/√ℓ), for ℓ = %i",
    async (l) => {
      const subLayers = {
        attention: (h: tf.Tensor) => tf.square(h),
        feedForward: (h: tf.Tensor) => tf.exp(h),
      };
      const [gain, bias] = [numbers(d, 3), numbers(d, 4)];
      const norm = () => ({ gain: tf.tensor1d(gain), bias: tf.tensor1d(bias) });
      const model = initLanguageModel(
        random(0),
        { vocabSize: 3, time, dModel: d, numHeads: 2, numLayers: 1 },
        1,
      );
      const block = { ...model.blocks[0]!, norm1: norm(), norm2: norm() };
      const y = core().lnsBlock(tensor(x), block, l, subLayers);

      const scaled = (m: reference.Matrix) =>
        reference.layerNorm(m, gain, bias).map((row) => row.map((v) => v / Math.sqrt(l)));
      const xPrime = reference.sum(
        rows(x, d),
        scaled(rows(x, d)).map((row) => row.map((v) => v * v)),
      );
      const expected = reference.sum(
        xPrime,
        scaled(xPrime).map((row) => row.map(Math.exp)),
      );
      await expectClose(y, expected.flat());
    },
  );

  test("foldIn divides gains and biases of block ℓ by √ℓ, and touches nothing else", async () => {
    const shape = { vocabSize: 3, time, dModel: d, numHeads: 2, numLayers: 3 };
    const plain = initLanguageModel(random(0), shape, 0.1);
    const model = mapParameters(plain, (t, path) =>
      tf.tensor(numbers(t.size, path.length), t.shape),
    ) as typeof plain;
    const folded = core().foldIn(model);
    for (const [index, block] of folded.blocks.entries()) {
      const expected = async (t: tf.Tensor) =>
        Array.from(await t.data()).map((value) => value / Math.sqrt(index + 1));
      for (const name of ["norm1", "norm2"] as const) {
        await expectClose(block[name].gain, await expected(model.blocks[index]![name].gain), 1e-6);
        await expectClose(block[name].bias, await expected(model.blocks[index]![name].bias), 1e-6);
      }
      expect(block.attention).toBe(model.blocks[index]!.attention);
      expect(block.feedForward).toBe(model.blocks[index]!.feedForward);
    }
    expect([folded.norm, folded.head]).toEqual([model.norm, model.head]);
    const tokens = tf.tensor2d([[0, 1, 2, 1, 0]], [1, 5], "int32");
    const { logits } = trace(model, tokens, 2, { block: core().lnsBlock });
    await expectClose(trace(folded, tokens, 2).logits, Array.from(await logits.data()), 1e-4);
  });

  test("residualVariance is over features, averaged over tokens", async () => {
    const variances = rows(x, d).map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / d;
      return row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d;
    });
    expect(await read(core().residualVariance(tensor(x)))).toBeCloseTo(
      variances.reduce((a, b) => a + b, 0) / time,
      6,
    );
  });
  test("relativeUpdate is ‖next - x‖ / ‖x‖, averaged over tokens", async () => {
    const shares = rows(x, d).map(
      (row, t) => Math.hypot(...row.map((v, j) => rows(next, d)[t]![j]! - v)) / Math.hypot(...row),
    );
    expect(await read(core().relativeUpdate(tensor(x), tensor(next)))).toBeCloseTo(
      shares.reduce((a, b) => a + b, 0) / time,
      5,
    );
  });
  test("angularDistance is arccos cos / π, averaged over tokens", async () => {
    const angles = rows(x, d).map((row, t) => {
      const other = rows(next, d)[t]!;
      const dot = row.reduce((sum, v, j) => sum + v * other[j]!, 0);
      return Math.acos(dot / Math.hypot(...row) / Math.hypot(...other)) / Math.PI;
    });
    expect(await read(core().angularDistance(tensor(x), tensor(next)))).toBeCloseTo(
      angles.reduce((a, b) => a + b, 0) / time,
      5,
    );
    expect(await read(core().angularDistance(tensor(x), tensor(x.map((v) => -v))))).toBeCloseTo(1, 3);
    expect(await read(core().angularDistance(tensor(x), tensor(x.map((v) => 2 * v))))).toBeCloseTo(0, 3);
  });
  test("gradientBound is the product over blocks", () => {
    const inLogs = (L: number, variance: (l: number) => number, A: number, B: number) =>
      Math.exp(
        Array.from({ length: L }, (_, i) =>
          Math.log1p(A * variance(i + 1) ** -0.5 + B / variance(i + 1)),
        ).reduce((a, b) => a + b, 0),
      );
    const linear = (l: number) => 1 + 0.5 * l;
    expect(core().gradientBound(1, () => 4, 2, 8)).toBe(4);
    expect(core().gradientBound(64, linear) / inLogs(64, linear, 0.5, 0.5)).toBeCloseTo(1, 10);
    expect(core().gradientBound(20, Math.sqrt, 0.3, 0.7) / inLogs(20, Math.sqrt, 0.3, 0.7)).toBeCloseTo(
      1,
      10,
    );
  });
  test("block 1 under LNS is the plain pre-norm block", async () => {
    const shape = { vocabSize: 3, time, dModel: d, numHeads: 2, numLayers: 1 };
    const model = initLanguageModel(random(0), shape, 0.5);
    const tokens = tf.tensor2d([[0, 1, 2, 1, 0]], [1, 5], "int32");
    const plain = trace(model, tokens, 2).logits;
    await expectClose(
      trace(model, tokens, 2, { block: core().lnsBlock }).logits,
      Array.from(await plain.data()),
      1e-7,
    );
  });
});

/** The cells before training: all that the claims before training need. */
const beforeTraining = source.slice(0, source.indexOf("// %% [markdown]\n// ### Training"));

describe("mistakes", () => {
  beforeAll(() => startHere("wasm"));
  const listed = statedOn("curse-of-depth").mistakes;

  test("each breaks the claims that it names", async () => {
    expect(listed.length).toBeGreaterThanOrEqual(3);
    for (const mistake of listed) {
      const full = mistake.scale === "full";
      const edited = applyMistake(source, mistake);
      const text = full ? edited.slice(0, edited.indexOf("// %% [markdown]\n// ### Training")) : edited;
      const { claims } = await run(text, full ? "full" : "quick", mistake.id);
      expect(mistake.breaks.length).toBeGreaterThan(0);
      for (const id of mistake.breaks)
        expect(`${mistake.id}: ${id} ${claims.get(id)?.verdict}`).toBe(`${mistake.id}: ${id} fails`);
    }
  });
  test("without them, the claims before training hold at full scale", async () => {
    const { claims } = await run(beforeTraining, "full", "before-training");
    expect([...claims.keys()].sort()).toEqual([
      "lns-lowers-variance-before-training",
      "lns-variance-grows-slowly",
      "pre-ln-variance-grows-with-depth",
    ]);
    for (const { id, verdict } of claims.values()) expect([id, verdict]).toEqual([id, "holds"]);
  });
});
