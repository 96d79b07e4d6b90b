import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { sparseSigmoid } from "#lab/entmax";
import { expectClose, onEachDevice } from "#tests/lab/device-case";

/** σ_α(s) in float64: Newton's method from the middle, kept within brackets. */
function reference(s: number, alpha: number): number {
  const a = alpha - 1;
  if (Math.abs(a * s) >= 1) return s > 0 ? 1 : 0;
  let [low, high, p] = [0, 1, 0.5];
  for (let step = 0; step < 200; step++) {
    const error = Math.pow(p, a) - Math.pow(1 - p, a) - a * s;
    if (error > 0) high = p;
    else low = p;
    const newton = p - error / (a * (Math.pow(p, a - 1) + Math.pow(1 - p, a - 1)));
    p = newton > low && newton < high ? newton : (low + high) / 2;
  }
  return p;
}

const at = Array.from({ length: 121 }, (_, i) => (i - 60) / 20);

onEachDevice(() => {
  test.each([1.0001, 1.3, 1.5, 2, 3, 4, 8])("p solves its equation for α = %f", async (alpha) => {
    const p = sparseSigmoid(tf.tensor1d(at), alpha);
    await expectClose(
      p,
      at.map((s) => reference(s, alpha)),
      2e-5,
    );
  });

  test.each([1.0001, 1.5, 2, 4, 8])("its derivative is that of the solution for α = %f", async (alpha) => {
    // Where the ramp ends the derivative jumps, or is infinitely steep.
    const inside = at.filter((s) => Math.abs(Math.abs((alpha - 1) * s) - 1) > 0.02);
    const dp = tf.grad((s) => tf.sum(sparseSigmoid(s, alpha)))(tf.tensor1d(inside));
    const h = 1e-6;
    const expected = inside.map((s) => (reference(s + h, alpha) - reference(s - h, alpha)) / (2 * h));
    await expectClose(dp, expected, 2e-3);
  });

  test("frees what it makes", () => {
    const s = tf.tensor1d([0.1]);
    const before = tf.memory().numTensors;
    sparseSigmoid(s, 2).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("refuses an α at which it has no equation", () => {
  expect(() => sparseSigmoid(tf.scalar(0), 1)).toThrow(
    "sparseSigmoid: expected a number alpha above 1, got 1",
  );
});
