import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

let core: typeof import("#notebooks/mamba-lyapunov");
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/mamba-lyapunov");
});

test("identities and counts hold at quick scale", () => {
  const judged = claims.filter(({ kind }) => kind === "identity" || kind === "count");
  expect(judged.map(({ id, verdict }) => [id, verdict])).toEqual(judged.map(({ id }) => [id, "holds"]));
  expect(judged).toHaveLength(5);
  expect(claims).toHaveLength(11);
});

/** Float32 rounded to bfloat16 on its bits: to nearest, ties to even. */
function bfloat16(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  const word = view.getUint32(0);
  view.setUint32(0, ((word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000) >>> 0);
  return view.getFloat32(0);
}

describe("toBits", () => {
  const x = [...numbers(500, 1), ...numbers(100, 2).map((v) => Math.fround(v * 1e-6)), 0, 1, -3, 255.5];
  test("with 8 bits is bfloat16", async () => {
    expect([...(await core.toBits(tf.tensor1d(x), 8).data())]).toEqual(x.map(bfloat16));
  });
  test("with 24 bits changes nothing", async () => {
    expect([...(await core.toBits(tf.tensor1d(x), 24).data())]).toEqual(x);
  });
});

describe("mambaScan", () => {
  const [T, D, N, R] = [7, 3, 2, 2];
  const wide = R + 2 * N;
  const [u, xProj, dtProj] = [numbers(T * D, 3), numbers(D * wide, 4), numbers(R * D, 5)];
  const [dtBias, ALog] = [numbers(D, 6), numbers(D * N, 7)];
  const ssm = () => ({
    xProj: tf.tensor2d(xProj, [D, wide]),
    dtProj: tf.tensor2d(dtProj, [R, D]),
    dtBias: tf.tensor1d(dtBias),
    ALog: tf.tensor2d(ALog, [D, N]),
  });

  /** The same recurrence, number by number. */
  function reference(start: number) {
    const projected = (t: number, column: number) => {
      let total = 0;
      for (let d = 0; d < D; d++) total += u[t * D + d]! * xProj[d * wide + column]!;
      return total;
    };
    const states: number[] = [];
    const exponents = new Array<number>(D * N).fill(0);
    const h = new Array<number>(D * N).fill(start);
    for (let t = 0; t < T; t++) {
      for (let d = 0; d < D; d++) {
        let before = dtBias[d]!;
        for (let r = 0; r < R; r++) before += projected(t, r) * dtProj[r * D + d]!;
        const Delta = Math.log1p(Math.exp(before));
        for (let n = 0; n < N; n++) {
          const rate = -Delta * Math.exp(ALog[d * N + n]!);
          h[d * N + n] = Math.exp(rate) * h[d * N + n]! + Delta * u[t * D + d]! * projected(t, R + n);
          exponents[d * N + n]! += rate / T;
        }
      }
      states.push(...h);
    }
    return { states, exponents };
  }

  test.each([0, 2.5])("is the recurrence from a state of %d, and the mean of Δ A", async (start) => {
    const { states, exponents } = core.mambaScan(tf.tensor2d(u, [T, D]), ssm(), 24, start);
    expect(states.shape).toEqual([T, D, N]);
    expect(exponents.shape).toEqual([D, N]);
    await expectClose(states, reference(start).states);
    await expectClose(exponents, reference(start).exponents);
  });
  test("holds its states in bfloat16 where it rounds to 8 bits", async () => {
    const states = [...(await core.mambaScan(tf.tensor2d(u, [T, D]), ssm(), 8).states.data())];
    expect(states).toEqual(states.map(bfloat16));
    const apart = states.map((h, i) => Math.abs(h - reference(0).states[i]!));
    expect(Math.max(...apart)).toBeGreaterThan(1e-4);
    expect(Math.max(...apart)).toBeLessThan(0.05);
  });
});

test("initSsm has A = -1, …, -N, and a softplus of its bias between 0.001 and 0.1", async () => {
  const { xProj, dtProj, dtBias, ALog } = core.initSsm(random(0), 40, 5, 3);
  expect([xProj.shape, dtProj.shape]).toEqual([
    [40, 13],
    [3, 40],
  ]);
  await expectClose(
    tf.exp(ALog),
    Array.from({ length: 200 }, (_, i) => (i % 5) + 1),
  );
  const tau = Array.from(await dtBias.data(), (b) => Math.log1p(Math.exp(b)));
  expect(Math.min(...tau)).toBeGreaterThan(0.99e-3);
  expect(Math.max(...tau)).toBeLessThan(0.101);
  const logs = tau.map(Math.log);
  expect(logs.reduce((a, b) => a + b, 0) / 40).toBeCloseTo(Math.log(0.01), 0);
});

describe("tanhScan", () => {
  const [T, D] = [200, 4];
  const [u, W, U] = [numbers(T * D, 8), numbers(D * D, 9).map((w) => 1.5 * w), numbers(D * D, 10)];

  /** States, and the product of Jacobians applied to a vector, re-scaled when it is read alone. */
  function reference() {
    let h = new Array<number>(D).fill(0);
    let v = new Array<number>(D).fill(1);
    const states: number[] = [];
    let logLength = 0;
    for (let t = 0; t < T; t++) {
      h = h.map((_, j) => {
        let total = 0;
        for (let i = 0; i < D; i++) total += h[i]! * W[i * D + j]! + u[t * D + i]! * U[i * D + j]!;
        return Math.tanh(total);
      });
      v = v.map((_, j) => {
        let total = 0;
        for (let i = 0; i < D; i++) total += v[i]! * W[i * D + j]!;
        return total * (1 - h[j]! ** 2);
      });
      const size = Math.hypot(...v);
      logLength += Math.log(size / (t === 0 ? Math.hypot(...v.map(() => 1)) : 1));
      v = v.map((x) => x / size);
      states.push(...h);
    }
    return { states, exponent: logLength / T };
  }
  test("is the recurrence, and its largest exponent", async () => {
    const { states, exponents } = core.tanhScan(
      tf.tensor2d(u, [T, D]),
      tf.tensor2d(W, [D, D]),
      tf.tensor2d(U, [D, D]),
    );
    await expectClose(states, reference().states, 1e-4);
    await expectClose(exponents, [reference().exponent], 1e-4);
  });
  test("of a linear map is the logarithm of its largest eigenvalue", async () => {
    const rotated = tf.tensor2d([1.2, 0.3, 0.3, 0.4], [2, 2]);
    const { exponents } = core.tanhScan(tf.zeros([300, 2]), rotated, tf.zeros([2, 2]));
    const largest = 0.8 + Math.hypot(0.4, 0.3);
    await expectClose(exponents, [Math.log(largest)], 2e-3);
  });
});
