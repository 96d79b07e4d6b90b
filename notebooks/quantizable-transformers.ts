// %% [markdown]
// ### The problem
// A few huge activations ruin 8-bit quantisation. They come from attention heads that want to do
// *nothing*: softmax gives no exact zeros, so a head parks its weight on a token without content, and
// what leaks through the others pushes the gap between its logits up, for ever. **The idea**: a softmax
// that reaches 0 at a finite gap, or a gate.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { needle } from "#lab/dataset/recall";
import { curve } from "#lab/figure/curve";
import { largestDifference, read } from "#lab/metric";
import { layerNorm, linear } from "#lab/layer";
import { random } from "#lab/random";
import { average } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type FeedForward, feedForward, initBlock } from "#lab/transformer";

// %% [markdown]
// **Clipped softmax**, with $\zeta \ge 1$ and $\gamma \le 0$, stretches the weights and clips them:
// $$ \mathrm{CS}(x; \zeta, \gamma) = \mathrm{clip}((\zeta - \gamma)\,\mathrm{softmax}(x) + \gamma,\ 0,\ 1). $$
// With $\zeta = 1$ and $\gamma = -\alpha/T$ for up to $T$ tokens, it is 0, and passes no gradient, where
// $p \le \alpha/(T + \alpha)$. **Gated attention** multiplies the output of a head by a number per token,
// from the head's slice $x_h$ of the layer's *input*: $\sigma(G_h(x_h)) \odot \mathrm{softmax}(A_h) V_h$.

// %%
/** CS(x; ζ, γ) along the last axis. */
export function clippedSoftmax(x: tf.Tensor, zeta: number, gamma: number): tf.Tensor {
  return tf.clipByValue(tf.add(tf.mul(tf.softmax(x), zeta - gamma), gamma), 0, 1);
}
export type Gate = { weight: tf.Tensor2D; bias: tf.Tensor1D }; // G_h: [heads, dHead], [heads]
export function initGate(heads: number, dHead: number, pi: number): Gate {
  return { weight: tf.zeros([heads, dHead]), bias: tf.fill([heads], Math.log(pi / (1 - pi))) };
}
/** σ(G_h(x_h)) ⊙ context, for x and context [batch, heads, time, dHead]. */
export function gated(context: tf.Tensor, x: tf.Tensor, { weight, bias }: Gate): tf.Tensor {
  const G = tf.sum(tf.mul(x, tf.expandDims(weight, 1)), -1, true); // [batch, heads, time, 1]
  return tf.mul(tf.sigmoid(tf.add(G, tf.reshape(bias, [-1, 1, 1]))), context);
}
/** x on 2⁸ levels from its least to its greatest number, one scale for the whole tensor. */
export function quantise(x: tf.Tensor): tf.Tensor {
  const s = tf.div(tf.sub(tf.max(x), tf.min(x)), 255);
  const zero = tf.round(tf.div(tf.neg(tf.min(x)), s));
  return tf.mul(tf.sub(tf.clipByValue(tf.add(tf.round(tf.div(x, s)), zero), 0, 255), zero), s);
}
const [draw, T] = [random(0), 32];
const logits = draw.normal([1000, T], 2);
const [p, cs] = [tf.softmax(logits), clippedSoftmax(logits, 1, -2 / T)]; // α = 2
const same = await read(largestDifference(clippedSoftmax(logits, 1, 0), p));
identity("without-stretch-it-is-softmax", same, { atMost: 1e-6, unit: "largest difference" });
const over = tf.sub(p, 2 / (T + 2)); // nearer to the threshold than 1e-6, rounding decides
const wrong = tf.notEqual(tf.equal(cs, 0), tf.lessEqual(over, 0));
const differ = await read(tf.sum(tf.logicalAnd(wrong, tf.greater(tf.abs(over), 1e-6))));
count("zero-below-the-threshold-alone", differ, { exactly: 0, unit: "weights that differ" });
const [x, gate] = [draw.normal([2, 4, 5, 16]), initGate(4, 16, 0.25)];
const apart = await read(largestDifference(gated(x, x, gate), tf.mul(x, 0.25)));
identity("a-new-gate-multiplies-by-pi", apart, { atMost: 1e-6, unit: "largest difference" });
count("a-gate-adds-few-numbers", gate.weight.size + gate.bias.size, { exactly: 4 * (16 + 1) });
const [X, W] = [draw.normal([256, 64]), draw.normal([64, 64], 1 / 8)];
const error = (s: number, round: (x: tf.Tensor) => tf.Tensor) => {
  const factors = tf.concat([tf.fill([1], s), tf.ones([63])]); // s for channel 0 of X, 1/s in W
  const y = tf.matMul(round(tf.mul(X, factors)), tf.div(W, tf.expandDims(factors, 1)));
  return read(tf.mean(tf.squaredDifference(y, tf.matMul(X, W))));
};
identity("scaling-keeps-the-function", await error(256, tf.clone), { atMost: 1e-8 });
const errors = await Promise.all([1, 4, 16, 64, 256].map((s) => error(s, quantise)));
const growth = Math.min(...errors.slice(1).map((error, i) => error / errors[i]!));
trend("error-grows-with-the-outlier", growth, { atLeast: 1, unit: "× from s to 4 s" });
ordering("an-outlier-breaks-8-bits", errors[3]! / errors[0]!, { atLeast: 50, unit: "× at s = 64" });

// %% [markdown]
// **A head that should do nothing** has one query, 32 keys with free logits $z$, and random values but
// for that of token 0, which is zero. Gradient descent on the squared length of its output begins.

// %%
const a = slider({ id: "alpha", label: "α", min: 0, max: 4, step: 1, value: 2, good: 2, bad: 0 });
/** P V from scores z [batch, heads, time, time], clipped where α is not 0. */
const attend = (z: tf.Tensor, V: tf.Tensor, alpha = 0) =>
  tf.matMul(clippedSoftmax(z, 1, -alpha / z.shape.at(-1)!), V);
const V = tf.concat([tf.zeros([1, 1, 1, T]), draw.normal([1, 1, T - 1, T])], 2);
const z = tf.add(draw.normal([1, 1, 1, T], 0.1), tf.mul(0.5, tf.oneHot([0], T)));
let logit = { softmax: z, clipped: z, gated: z, gate: initGate(1, T, 0.25) };
const outputs = ({ softmax, clipped, gated: z, gate }: typeof logit) =>
  tf.concat([attend(softmax, V), attend(clipped, V, a), gated(attend(z, V), tf.zeros([T]), gate)]);
const loss = (w: typeof logit) => tf.mul(0.5, tf.sum(tf.square(outputs(w)))) as tf.Scalar;
const optimiser = { learningRate: () => 1, momentum: 0 };
const points = scale({ full: [1, 10, 30, 100, 300, 1000, 2000], quick: [1, 2] });
const gaps: number[][] = []; // [points][softmax, clipped, gated]
for (const [i, step] of points.entries()) {
  const given = { steps: step - (points[i - 1] ?? 0), loss, optimiser, stage: "one head" };
  logit = (await train({ parameters: logit, ...given })).parameters;
  const rows = tf.reshape(tf.concat([logit.softmax, logit.clipped, logit.gated]), [3, T]);
  const all = (await rows.array()) as number[][];
  gaps.push(all.map(([z0, ...others]) => z0! - Math.max(...others)));
}
const since = (kind: number) => gaps.at(-1)![kind]! - gaps.at(-2)![kind]!;
trend("softmax-gap-keeps-growing", since(0), { atLeast: 0.3, unit: "in 1,000 steps" });
identity("clipped-gap-stands-still", Math.abs(since(1)), { atMost: 1e-6 });
const written = await read(tf.norm(attend(logit.clipped, V, a)));
count("clipped-head-writes-nothing", written, { exactly: 0, unit: "length of the output" });
ordering("gated-gap-stays-small", gaps.at(-1)![2]! / gaps.at(-1)![0]!, { atMost: 0.25 });
trend("gate-closes", await read(tf.sigmoid(logit.gate.bias)), { atMost: 0.125, unit: "of 1" });
const line = (name: string, k: number) => ({ name, x: points, y: gaps.map((gap) => gap[k]!) });
curve([line("softmax", 0), line("clipped", 1), line("gated", 2)], {
  title: "The gap between the logits of a head that should do nothing",
  description: "It grows with softmax as long as training lasts; clipped and gated it stays small.",
  x: { label: "step (log scale)", log: true },
  y: { label: "logit gap" },
});

// %% [markdown]
// **A head that sometimes does nothing**, behind a feed-forward layer, learns to write the vector of a
// sequence's one key at 2 of 12 other kinds of token, and nothing elsewhere. Queries and keys are fixed.

// %%
const [seeds, steps, size] = scale({ full: [[0, 1, 2], 400, 16], quick: [[0], 3, 2] });
type Weights = { ffn: FeedForward; value: tf.Tensor2D; gate?: Gate };
const found: number[][][] = []; // largest range of logits, mean leak: [seeds][2][kinds]
for (const seed of seeds) {
  const [r, d] = [random(seed), 32];
  const [table, payload] = [r.normal([20, d], 0.7), r.normal([8, d], 0.55)];
  const { attention: A, feedForward: ffn, norm1 } = initBlock(r, { dModel: d, dFf: 64 }, d ** -0.5);
  const batch = (seed: number, size: number) => {
    const { tokens, answers } = needle(random(seed), size, 24);
    const kinds = tf.tensor4d(tokens, [size, 1, 24, 1], "int32");
    const asks = tf.cast(tf.logicalOr(tf.equal(kinds, 8), tf.equal(kinds, 9)), "float32");
    const wanted = tf.mul(asks, tf.gather(payload, tf.tensor3d(answers, [size, 1, 1], "int32")));
    return { e: tf.gather(table, tf.squeeze(kinds, [3])), idle: tf.sub(1, asks), wanted };
  };
  const block = ({ ffn, value, gate }: Weights, e: tf.Tensor, alpha?: number) => {
    const h = layerNorm(tf.add(e, feedForward(e, ffn)), norm1); // [batch, 1, time, d]
    const z = tf.div(tf.matMul(linear(h, A.query), linear(h, A.key), false, true), Math.sqrt(d));
    const y = attend(z, linear(h, value), alpha);
    return { z, y: gate ? gated(y, h, gate) : y };
  };
  const w: Weights = { ffn, value: A.value };
  const start = { softmax: w, clipped: w, gated: { ...w, gate: initGate(1, d, 0.25) } };
  const all = (w: typeof start, e: tf.Tensor) => {
    const kinds = [block(w.softmax, e), block(w.clipped, e, 1), block(w.gated, e)];
    return { z: tf.stack(kinds.map(({ z }) => z)), y: tf.stack(kinds.map(({ y }) => y)) };
  };
  const optimiser = { learningRate: (step: number) => 1e-2 * (1 - step / steps) };
  const loss = (w: typeof start, step: number) => {
    const { e, wanted } = batch(10_000 * (seed + 1) + step, size);
    return tf.mean(tf.squaredDifference(all(w, e).y, wanted)) as tf.Scalar;
  };
  const stage = `three heads, seed ${seed}`;
  const trained = (await train({ parameters: start, steps, loss, optimiser, stage })).parameters;
  const { e, idle } = batch(7, 8 * size);
  const { z, y } = all(trained, e);
  const ranges = tf.max(tf.sub(tf.max(z, -1), tf.min(z, -1)), [1, 2, 3]);
  const leaks = tf.sum(tf.mul(tf.norm(y, 2, -1, true), idle), [1, 2, 3, 4]);
  found.push((await tf.stack([ranges, leaks]).array()) as number[][]);
}
const ratio = (i: number, kind: number) => average(found.map((f) => f[i]![kind]! / f[i]![0]!));
ordering("clipping-narrows-the-logits", ratio(0, 1), { atMost: 0.8, unit: "× softmax" });
ordering("clipped-head-leaks-less", ratio(1, 1), { atMost: 1, unit: "× softmax" });
ordering("gated-head-leaks-less", ratio(1, 2), { atMost: 1, unit: "× softmax" });
