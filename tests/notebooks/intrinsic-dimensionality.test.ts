import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/intrinsic-dimensionality");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/intrinsic-dimensionality");
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(9);
  for (const { id, kind, verdict } of claims) {
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
  }
});

/** (-1) to the number of bits that i and j have in common. */
function sign(i: number, j: number): number {
  let common = i & j;
  let result = 1;
  for (; common; common >>= 1) if (common & 1) result = -result;
  return result;
}

const read = async (tensor: tf.Tensor) => [...(await tensor.data())];
const apart = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

test.each([1, 2, 8, 16, 128])("hadamard and walshHadamard follow the bits, for order %i", async (L) => {
  const H = await read(core.hadamard(L));
  expect(H).toEqual(H.map((_, k) => sign(Math.floor(k / L), k % L)));
  const x = numbers(L, 3);
  const expected = x.map((_, i) => x.reduce((sum, value, j) => sum + sign(i, j) * value, 0));
  const got = await read(core.walshHadamard(tf.tensor1d(x)));
  expect(got).toHaveLength(L);
  expect(apart(got, expected)).toBeLessThan(1e-5 * L);
});

/** P [D][d], entry by entry, from the diagonals and the order of a draw. */
async function dense(P: Awaited<ReturnType<Notebook["drawFastfood"]>>, d: number) {
  const [B, G, Pi] = [await read(P.B), await read(P.G), await read(P.Pi)];
  const c = Math.sqrt(P.D * G.reduce((sum, g) => sum + g * g, 0));
  return Array.from({ length: P.D }, (_, i) =>
    Array.from({ length: d }, (_, j) => {
      let entry = 0;
      for (let k = 0; k < G.length; k++) entry += sign(i, k) * G[k]! * sign(Pi[k]!, j) * B[j]!;
      return entry / c;
    }),
  );
}

describe("project", () => {
  test.each([
    { D: 21, d: 5 },
    { D: 64, d: 64 },
    { D: 100, d: 1 },
  ])("is P x, and its gradient Pᵀ g, for D = $D and d = $d", async ({ D, d }) => {
    const P = core.drawFastfood(random(D), D);
    const matrix = await dense(P, d);
    const [x, g] = [numbers(d, 1), numbers(D, 2)];
    const got = await read(core.project(tf.tensor1d(x), P));
    const expected = matrix.map((row) => row.reduce((sum, entry, j) => sum + entry * x[j]!, 0));
    expect(got).toHaveLength(D);
    expect(apart(got, expected)).toBeLessThan(1e-5);
    const back = tf.grad((x) => core.project(x as tf.Tensor1D, P))(tf.tensor1d(x), tf.tensor1d(g));
    const transposed = x.map((_, j) => matrix.reduce((sum, row, i) => sum + row[j]! * g[i]!, 0));
    expect(apart(await read(back), transposed)).toBeLessThan(1e-5);
  });
  test("draws orders that are each other's inverse, and signs", async () => {
    const P = core.drawFastfood(random(0), 40);
    const [Pi, PiT] = [await read(P.Pi), await read(P.PiT)];
    expect(PiT.map((place) => Pi[place]!)).toEqual(Pi.map((_, i) => i));
    expect(new Set(await read(P.B))).toEqual(new Set([-1, 1]));
  });
});

describe("moved", () => {
  const shapes = [[2, 3], [4], [1, 5]];
  const theta0 = () => shapes.map((shape, i) => tf.tensor(numbers(shape[0]! * (shape[1] ?? 1), i), shape));

  test("adds each tensor's part of P, times its scale", async () => {
    const P = core.drawFastfood(random(3), 15);
    const [theta, lambda] = [numbers(4, 7), [0.5, -2, 3]];
    const parts = { theta: tf.tensor1d(theta), lambda: tf.tensor1d(lambda) };
    const matrix = await dense(P, 4);
    const [did, said] = [core.moved(theta0(), { theta: parts.theta }, P), core.moved(theta0(), parts, P)];
    const [start, direct, scaled] = await Promise.all(
      [theta0(), did, said].map(async (tensors) => (await Promise.all(tensors.map(read))).flat()),
    );
    const owner = (i: number) => (i < 6 ? 0 : i < 10 ? 1 : 2);
    const move = matrix.map((row) => row.reduce((sum, entry, j) => sum + entry * theta[j]!, 0));
    expect(apart(direct!, move.map((value, i) => start![i]! + value))).toBeLessThan(1e-5); // prettier-ignore
    expect(apart(scaled!, move.map((value, i) => start![i]! + lambda[owner(i)]! * value))).toBeLessThan(1e-5); // prettier-ignore
    expect(said.map(({ shape }) => shape)).toEqual(shapes);
  });
  test("starts at the base, bit by bit, in both forms", async () => {
    const P = core.drawFastfood(random(3), 15);
    for (const start of [core.origin(6), core.origin(6, 3)]) {
      const now = core.moved(theta0(), start, P);
      for (const [i, tensor] of theta0().entries()) expect(await read(now[i]!)).toEqual(await read(tensor));
    }
  });
  test("origin has d numbers, scales among them", () => {
    expect(core.origin(9).theta.size).toBe(9);
    const { theta, lambda } = core.origin(9, 4);
    expect([theta.size, lambda!.size]).toEqual([5, 4]);
  });
});
