import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { orthogonalRows, performerExponent, performerFeatures } from "#lab/performer";
import { random } from "#lab/random";
import { expectClose, onEachDevice } from "#tests/lab/device-case";
import { numbers, rows } from "#tests/lab/reference";

const [batch, heads, time, d, m] = [2, 3, 6, 4, 5];
const x = numbers(batch * heads * time * d, 1);
const omega = rows(numbers(m * d, 5), d);
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
/** One row of m exponents for each x. */
const exponents = rows(x, d).map((row) => {
  const scaled = row.map((value) => value / d ** 0.25);
  return omega.map((direction) => dot(direction, scaled) - dot(scaled, scaled) / 2);
});
const X = () => tf.tensor4d(x, [batch, heads, time, d]);
const Omega = () => tf.tensor2d(omega);

onEachDevice(() => {
  test("the exponent is Ω x - ‖x‖²/2 of x / d^¼", async () => {
    await expectClose(performerExponent(X(), Omega()), exponents.flat());
  });

  test("features of queries are its exponential, less the largest of the row", async () => {
    const expected = exponents.flatMap((row) => row.map((e) => Math.exp(e - Math.max(...row)) + 1e-4));
    await expectClose(performerFeatures(X(), Omega(), [3]), expected);
  });

  test("features of keys are less the largest of the head", async () => {
    const expected = Array.from({ length: batch * heads }, (_, i) => {
      const head = exponents.slice(i * time, (i + 1) * time).flat();
      return head.map((e) => Math.exp(e - Math.max(...head)) + 1e-4);
    }).flat();
    await expectClose(performerFeatures(X(), Omega(), [2, 3]), expected);
  });

  test("rows are orthogonal within blocks of d, as long as normal ones, and nothing else is kept", async () => {
    const before = tf.memory().numTensors;
    const drawn = await orthogonalRows(random(1), 10, d);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(drawn.shape).toEqual([10, d]);
    const found = rows(Array.from(await drawn.data()), d);
    found.forEach((a, i) =>
      found.forEach((b, j) => {
        const sameBlock = Math.floor(i / d) === Math.floor(j / d);
        if (sameBlock && i !== j) expect(Math.abs(dot(a, b)), `rows ${i} and ${j}`).toBeLessThan(1e-5);
      }),
    );
    expect(Math.abs(dot(found[0]!, found[d]!))).toBeGreaterThan(1e-3);
    // ‖row‖² has mean d and variance 2d: the mean of 400 is within 4 standard errors.
    const many = rows(Array.from(await (await orthogonalRows(random(2), 400, d)).data()), d);
    const mean = many.reduce((sum, row) => sum + dot(row, row), 0) / 400;
    expect(Math.abs(mean - d)).toBeLessThan(4 * Math.sqrt((2 * d) / 400));
  });
});
