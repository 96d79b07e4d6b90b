import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

let core: typeof import("#notebooks/lozo");
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/lozo");
});

test("identities and counts hold at quick scale", () => {
  const judged = claims.filter(({ kind }) => kind === "identity" || kind === "count");
  expect(judged.map(({ id, verdict }) => [id, verdict])).toEqual(judged.map(({ id }) => [id, "holds"]));
  expect(judged).toHaveLength(5);
  expect(claims).toHaveLength(9);
});

/*
 * The loss ½ Σ (w - target)² over all parameters: its slope along Z is Σ (w - target) z, whatever ε is, so the reference
 * needs no differences.
 */
const [m, n] = [3, 2];
const targets = [numbers(m * n, 1), numbers(m, 2)];
const starts = [numbers(m * n, 3), numbers(m, 4)];
const shapes = [[m, n], [m]];
const tensors = (values: number[][]) => values.map((own, i) => tf.tensor(own, shapes[i]!));
const loss = (W: tf.Tensor[]) =>
  tf.addN(
    W.map((w, i) => tf.mul(tf.sum(tf.square(tf.sub(w, tf.tensor(targets[i]!, shapes[i]!)))), 0.5)),
  ) as tf.Scalar;

/** U Vᵀ by its indices. */
function product(U: number[], V: number[], r: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let total = 0;
    for (let k = 0; k < r; k++) total += U[Math.floor(at / n) * r + k]! * V[(at % n) * r + k]!;
    return total;
  });
}

interface State {
  W: number[][];
  N: number[][];
}
/** One step; V is that of the matrix, and r its rank. */
function step({ W, N }: State, U: number[][], V: number[], r: number, eta: number, beta: number): State {
  const Z = [product(U[0]!, V, r), U[1]!];
  let c = 0;
  W.forEach((w, i) => w.forEach((value, at) => (c += (value - targets[i]![at]!) * Z[i]![at]!)));
  const after = N.map((own, i) => own.map((value, at) => beta * value + (1 - beta) * c * U[i]![at]!));
  const G = [product(after[0]!, V, r).map((value) => value / r), after[1]!];
  return { W: W.map((w, i) => w.map((value, at) => value - eta * G[i]![at]!)), N: after };
}

describe("lozoStep", () => {
  test.each([0, 0.9])("is N ← β N + (1 - β) c U and W ← W - η N Vᵀ / r, with β = %d", async (beta) => {
    const r = 2;
    const [U, V] = [[numbers(m * r, 5), numbers(m, 6)], numbers(n * r, 7)];
    const N = [numbers(m * r, 8), numbers(m, 9)];
    const got = core.lozoStep(
      loss,
      {
        W: tensors(starts),
        N: [tf.tensor2d(N[0]!, [m, r]), tf.tensor1d(N[1]!)],
        V: [tf.tensor2d(V, [n, r]), undefined],
      },
      [tf.tensor2d(U[0]!, [m, r]), tf.tensor1d(U[1]!)],
      0.3,
      beta,
    );
    const expected = step({ W: starts, N }, U, V, r, 0.3, beta);
    await expectClose(got.W[0]!, expected.W[0]!, 1e-3);
    await expectClose(got.W[1]!, expected.W[1]!, 1e-3);
    await expectClose(got.N[0]!, expected.N[0]!, 1e-3);
    await expectClose(got.N[1]!, expected.N[1]!, 1e-3);
  });
});

describe("descend", () => {
  const read = async (tensor: tf.Tensor) => Array.from(await tensor.data());

  test("draws V at every second step, U at each, and carries momentum over by N Vᵀ V_new / n", async () => {
    const [r, eta, beta, steps] = [1, 0.2, 0.5, 5];
    const settings = { eta, beta, rank: r, period: 2, draw: random(7) };
    const got = core.descend(core.begin(...tensors(starts)), () => loss, settings, 0, steps);
    const draw = random(7);
    let state: State = { W: starts, N: [new Array<number>(m * r).fill(0), new Array<number>(m).fill(0)] };
    let V: number[] | undefined;
    for (let t = 0; t < steps; t++) {
      if (t % 2 === 0) {
        const fresh = await read(draw.normal([n, r]));
        if (V) {
          const overlap = V.reduce((total, v, j) => total + v * fresh[j]!, 0) / n;
          state = { ...state, N: [state.N[0]!.map((value) => value * overlap), state.N[1]!] };
        }
        V = fresh;
      }
      const U = [await read(draw.normal([m, r])), await read(draw.normal([m]))];
      state = step(state, U, V!, r, eta, beta);
    }
    await expectClose(got.W[0]!, state.W[0]!, 2e-3);
    await expectClose(got.W[1]!, state.W[1]!, 2e-3);
    await expectClose(got.N[0]!, state.N[0]!, 2e-3);
  });

  test("is MeZO without a rank: W ← W - η c Z with a Gaussian Z", async () => {
    const settings = { eta: 0.1, draw: random(8) };
    const got = core.descend(core.begin(...tensors(starts)), () => loss, settings, 0, 1);
    const draw = random(8);
    const Z = [await read(draw.normal([m, n])), await read(draw.normal([m]))];
    let c = 0;
    Z.forEach((own, i) => own.forEach((z, at) => (c += (starts[i]![at]! - targets[i]![at]!) * z)));
    for (const i of [0, 1])
      await expectClose(
        got.W[i]!,
        starts[i]!.map((w, at) => w - 0.1 * c * Z[i]![at]!),
        1e-3,
      );
  });

  test("descends", async () => {
    const settings = { eta: 0.02, rank: 1, period: 5, draw: random(9) };
    const after = core.descend(core.begin(...tensors(starts)), () => loss, settings, 0, 200);
    const [before] = await loss(tensors(starts)).data();
    const [now] = await loss(after.W).data();
    expect(now).toBeLessThan(0.2 * before!);
  });
});
