// %% [markdown]
// ### The problem
// Fine-tuning in bfloat16 rounds weights, inputs and states to 8 significant bits. A recurrent network
// feeds its state back, so a rounding error could grow with every token. Does it, in Mamba?
//
// **The idea.** Mamba multiplies each number of its state by its own factor $e^{\Delta A}$ with $\Delta > 0$ and
// $A < 0$. Whatever the input is, the factor lies between 0 and 1, so an error can't grow.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { initLowRank } from "#lab/adapter";
import { count, identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { curve } from "#lab/figure/curve";
import { initLinear } from "#lab/layer";
import { readMatrix, singularValues } from "#lab/linear-algebra";
import { read } from "#lab/metric";
import { countParameters } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { highest, lowest } from "#lab/statistics";
import { scale } from "#lab/training";

// %% [markdown]
// ### The method
// One matrix $W_x$ makes three things of the input $u_t \in \mathbb R^D$, and two of them drive the
// state $h_t \in \mathbb R^{D \times N}$ (the third, $C_t$, reads it):
// $$
// [\delta_t, B_t, C_t] = u_t W_x, \quad \Delta_t = \mathrm{softplus}(\delta_t W_\Delta + b_\Delta), \quad A = -e^{A_{\log}},
// $$ $$
// h_t = e^{\Delta_t A} \odot h_{t-1} + (\Delta_t u_t)\, B_t^\top.
// $$
// `round` stands wherever bfloat16 rounds. $A$ stays in float32, as in the released code.

// %%
/** Mamba's published initialisation: A = -(1, …, N), softplus(b_Δ) log-uniform in [0.001, 0.1]. */
export const initSsm = (random: Random, D: number, N: number, R: number) => ({
  xProj: initLinear(random, D, R + 2 * N, "uniform fan-in"), // W_x [D, R + 2N]
  dtProj: random.uniform([R, D], -1 / Math.sqrt(R), 1 / Math.sqrt(R)), // W_Δ [R, D]
  dtBias: tf.log(tf.expm1(tf.exp(random.uniform([D], Math.log(1e-3), Math.log(1e-1))))), // b_Δ [D]
  ALog: tf.log(tf.mul(tf.ones([D, 1]), tf.range(1, N + 1))) as tf.Tensor2D, // [D, N]
});

/** x to this many significant bits, rounded to nearest by Veltkamp's splitting; float32 has 24. */
export function toBits<T extends tf.Tensor>(x: T, bits: number): T {
  const c = tf.mul(x, 2 ** (24 - bits) + 1);
  return tf.sub(c, tf.sub(c, x));
}

type SelectiveSsm = ReturnType<typeof initSsm>;
/** All h_t [time, D, N] for inputs u [time, D], and the exponents λ = (1/T) Σ_t Δ_t A [D, N]. */
export function mambaScan(u: tf.Tensor2D, ssm: SelectiveSsm, bits = 24, start = 0) {
  const round = <T extends tf.Tensor>(x: T) => toBits(x, bits);
  const [[D, N], R] = [ssm.ALog.shape, ssm.dtProj.shape[0]];
  const parts = tf.split(tf.matMul(round(u), round(ssm.xProj)), [R, N, N], 1);
  const [delta, B] = parts.map(round) as [tf.Tensor2D, tf.Tensor2D];
  const Delta = tf.softplus(tf.add(tf.matMul(delta, round(ssm.dtProj)), round(ssm.dtBias)));
  const A = tf.neg(tf.exp(ssm.ALog)); // [D, N]
  const factors = tf.unstack(tf.exp(tf.mul(tf.expandDims(Delta, 2), A))); // time × [D, N]
  const added = tf.mul(tf.expandDims(tf.mul(Delta, round(u)), 2), tf.expandDims(B, 1));
  let h: tf.Tensor = tf.fill([D, N], start);
  const states = tf.unstack(added).map((b, t) => (h = round(tf.add(tf.mul(factors[t]!, h), b))));
  return { states: tf.stack(states), exponents: tf.mul(tf.expandDims(tf.mean(Delta, 0), 1), A) };
}

// %% [markdown]
// The Jacobian $\partial h_t / \partial h_{t-1}$ is diagonal: mode $(d, n)$ has the Lyapunov exponent
// $\lambda_{d,n} = \frac1T \sum_t \Delta_{t,d} A_{d,n} < 0$, two starts come together like $e^{t\lambda}$, and an
// error of $\varepsilon$ at every step never adds up to more than $\varepsilon / (1 - e^\lambda)$. The control,
// $h_t = \tanh(h_{t-1} W + u_t U)$ with $W \sim \mathcal N(0, g^2/D)$, has no such guarantee for large $g$.

// %%
/** All h_t [time, D] of the control for inputs u [time, D], and the log growth of a tangent vector per step. */
export function tanhScan(u: tf.Tensor2D, W: tf.Tensor2D, U: tf.Tensor2D, bits = 24) {
  let [h, v] = [tf.zeros([1, W.shape[0]]), tf.ones([1, W.shape[0]])] as tf.Tensor2D[];
  const steps = tf.split(tf.matMul(toBits(u, bits), toBits(U, bits)), u.shape[0]).map((driven) => {
    h = toBits(tf.tanh(tf.add(tf.matMul(h!, toBits(W, bits)), driven)), bits);
    v = tf.mul(tf.matMul(tf.div(v!, tf.norm(v!)), W), tf.sub(1, tf.square(h))); // v ∂h_t/∂h_{t-1}
    return { h, growth: tf.log(tf.norm(v)) };
  });
  const exponents = tf.mean(tf.stack(steps.map(({ growth }) => growth)));
  return { states: tf.concat(steps.map(({ h }) => h)) as tf.Tensor, exponents };
}

const { T, D, N, R, seeds } = scale({
  full: { T: 256, D: 64, N: 16, R: 2, seeds: [0, 1, 2] },
  quick: { T: 16, D: 16, N: 4, R: 2, seeds: [0] },
});
const mamba = (seed: number, bits = 24, start = 0) =>
  mambaScan(random(seed).normal([T, D]), initSsm(random(100 + seed), D, N, R), bits, start);
const control = (g: number) => (seed: number, bits?: number) => {
  const draw = random(200 + seed);
  const [W, U] = [draw.normal([D, D], g / Math.sqrt(D)), draw.normal([D, D], 0.1)];
  return tanhScan(random(seed).normal([T, D]), W, U, bits);
};

/** The largest exponent, and ‖h̃_t - h_t‖ / ‖h_t‖ for t = 1, …, T, where h̃ is rounded to so many bits. */
async function look(run: ReturnType<typeof control>, seed: number, bits = 8) {
  const [lambda, errors] = tf.tidy(() => {
    const [{ states, exponents }, rounded] = [run(seed), run(seed, bits)];
    const length = (x: tf.Tensor) => tf.norm(tf.reshape(x, [T, -1]), 2, 1);
    return [tf.max(exponents), tf.div(length(tf.sub(rounded.states, states)), length(states))];
  });
  return { lambda: await read(lambda!), errors: [...(await errors!.data())] };
}
const all = (run: typeof mamba) => Promise.all(seeds.map((seed) => look(run, seed)));
const [ours, calm, chaos] = [await all(mamba), await all(control(0.8)), await all(control(2.5))];

const lambdas = (runs: typeof ours) => runs.map(({ lambda }) => lambda);
const last = (runs: typeof ours) => runs.map(({ errors }) => errors.at(-1)!);
const worst = ours.map(({ errors }) => Math.max(...errors.slice(T / 16)));
const growth = worst.map((error, seed) => error / ours[seed]!.errors[T / 16 - 1]!);
count("every-exponent-is-negative", lambdas(ours).filter((x) => !(x < 0)).length, { exactly: 0 });
trend("mamba-error-stays-bounded", highest(growth), { atMost: 3, unit: "× that at t = 16" });
ordering("mamba-error-stays-small", highest(worst), { atMost: 0.02 });
trend("calm-exponent-is-negative", highest(lambdas(calm)), { atMost: 0 });
ordering("calm-network-keeps-its-state", highest(last(calm)), { atMost: 0.02, tolerance: 0.5 });
trend("chaotic-exponent-is-positive", lowest(lambdas(chaos)), { atLeast: 0, tolerance: 0.5 });
ordering("chaotic-network-loses-its-state", lowest(last(chaos)), { atLeast: 0.2, tolerance: 1 });
const apart = tf.tidy(() => {
  const [near, far] = [mamba(0), mamba(0, 24, 1000)];
  const after = tf.slice(tf.sub(far.states, near.states), T - 1, 1);
  const error = tf.abs(tf.sub(tf.div(tf.log(tf.div(tf.abs(after), 1000)), T), near.exponents));
  // A difference below e^-14 of what it was drowns in float32's rounding of the state.
  return tf.max(tf.where(tf.greater(near.exponents, -14 / T), error, tf.zerosLike(error)));
});
identity("exponents-tell-how-starts-converge", await read(apart), { atMost: 1e-4 });

// %%
const formats = { min: 4, max: 16, step: 1, value: 8, good: 11, bad: 4 };
const bits = slider({ id: "bits", label: "Significant bits", ...formats });
const gains = { min: 0.5, max: 3, step: 0.1, value: 2.5, good: 0.8, bad: 2.5 };
const gain = slider({ id: "gain", label: "Gain g of the third recurrence", ...gains });
const shown = { Mamba: mamba, "tanh, g = 0.8": control(0.8), [`tanh, g = ${gain}`]: control(gain) };
const drawn = await Promise.all(Object.values(shown).map((run) => look(run, 0, bits)));
const lines = Object.keys(shown).map((name, i) => ({ name, y: drawn[i]!.errors }));
curve(lines, {
  title: "Relative error of the state that rounding leaves",
  description: "Over the steps of seed 0: flat for Mamba and the calm network, up to 1 otherwise.",
  x: { label: "steps after the first" },
  y: { label: "‖h̃ − h‖ / ‖h‖ (log scale)", log: true },
});

// %% [markdown]
// ### One adapter for the whole buffer
// LoRA adds $\frac{\alpha}{r}\mathcal A^\top \mathcal B^\top$ to $W_x$, with one $\mathcal A$ for $\delta$, $B$
// and $C$: their updates share one space of $r$ dimensions. Those of three adapters do not.

// %%
const [rank, draw] = [4, random(300)];
const update = (width: number, r = Math.min(rank, width)) =>
  tf.matMul(draw.normal([D, r]), draw.normal([r, width])) as tf.Tensor2D; // Aᵀ Bᵀ [D, width]
async function rankOf(...updates: tf.Tensor2D[]) {
  const { S } = singularValues(await readMatrix(tf.concat2d(updates, 1)));
  return S.filter((value) => value > 1e-5 * S[0]!).length;
}
count("one-adapter-ties-the-three", await rankOf(update(R + 2 * N)), { exactly: rank });
const free = await rankOf(update(R), update(N), update(N));
count("three-adapters-stay-free", free, { exactly: R + 2 * rank });
const adapter = initLowRank(random(0), initSsm(random(0), D, N, R), "xProj", { rank });
count("adapter-is-small", countParameters(adapter), { exactly: rank * (D + R + 2 * N) });
