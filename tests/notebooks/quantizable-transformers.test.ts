import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { countParameters } from "#lab/parameter";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, rows, softmax } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/quantizable-transformers");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/quantizable-transformers");
});

test("identities and counts hold at quick scale; orderings and trends are reported", () => {
  expect(claims).toHaveLength(15);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

describe("against float64 loops", () => {
  test.each([
    [1, 0],
    [1, -0.3],
    [1.05, 0],
    [1.2, -0.2],
  ])("clippedSoftmax stretches to ζ = %d and γ = %d, and clips", async (zeta, gamma) => {
    const x = numbers(7 * 5, 1).map((value) => Math.fround(4 * value));
    const expected = rows(x, 5).flatMap((row) =>
      softmax(row).map((p) => Math.min(1, Math.max(0, (zeta - gamma) * p + gamma))),
    );
    if (gamma < 0) expect(expected).toContain(0);
    await expectClose(core.clippedSoftmax(tf.tensor2d(x, [7, 5]), zeta, gamma), expected);
  });

  test("a clipped weight passes no gradient", async () => {
    const x = tf.tensor1d([3, 0, 0.1, 0.2]);
    const picked = (index: number) => (logits: tf.Tensor) =>
      tf.sum(tf.mul(core.clippedSoftmax(logits, 1, -0.5), tf.oneHot(index, 4)));
    expect(Array.from(await tf.grad(picked(1))(x).data())).toEqual([0, 0, 0, 0]);
    expect((await tf.grad(picked(0))(x).data())[0]).toBeGreaterThan(0);
  });

  test("gated has one number per head and token, from the head's slice of x", async () => {
    const [batch, heads, time, dHead] = [2, 3, 4, 5];
    const count = batch * heads * time * dHead;
    const [context, x] = [numbers(count, 1), numbers(count, 2)];
    const [weight, bias] = [numbers(heads * dHead, 3), numbers(heads, 4)];
    const expected = context.map((value, index) => {
      const row = Math.floor(index / dHead);
      const head = Math.floor(row / time) % heads;
      let G = bias[head]!;
      for (let j = 0; j < dHead; j++) G += x[row * dHead + j]! * weight[head * dHead + j]!;
      return value / (1 + Math.exp(-G));
    });
    const tensor = (values: number[]) => tf.tensor4d(values, [batch, heads, time, dHead]);
    const gate = { weight: tf.tensor2d(weight, [heads, dHead]), bias: tf.tensor1d(bias) };
    await expectClose(core.gated(tensor(context), tensor(x), gate), expected);
  });

  test("initGate starts at π, whatever the input, with H (dHead + 1) numbers", async () => {
    const gate = core.initGate(3, 5, 0.1);
    expect(countParameters(gate)).toBe(3 * (5 + 1));
    const ones = tf.ones([1, 3, 2, 5]);
    await expectClose(core.gated(ones, tf.mul(ones, 7), gate), new Array<number>(30).fill(0.1));
  });

  test("quantise rounds to the nearest of 256 levels, of which 0 is one", async () => {
    // Numbers that are no halves of a step, where the rounding of ties would differ.
    const x = [-1.003, -0.411, 0, 0.207, 0.619, 1.547];
    const s = (1.547 + 1.003) / 255;
    const zero = Math.round(1.003 / s);
    const level = (value: number) => Math.min(255, Math.max(0, Math.round(value / s) + zero));
    const expected = x.map((value) => (level(value) - zero) * s);
    await expectClose(core.quantise(tf.tensor1d(x)), expected, 1e-6);
    expect(expected[2]).toBe(0);
    for (const [i, value] of x.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(s);
  });
});
