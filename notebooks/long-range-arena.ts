// %% [markdown]
// ### The problem
// Dozens of attentions claim to be nearly as good as softmax and far cheaper, each on tasks of its own. **The
// idea:** one suite of tasks of different kinds, one encoder, one recipe; only the attention changes.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel } from "#lab/attention";
import { identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, randomImages } from "#lab/dataset/digits";
import { listOps } from "#lab/dataset/list-ops";
import { needle } from "#lab/dataset/recall";
import { scatter } from "#lab/figure/scatter";
import { randomOrthogonal, toTensor } from "#lab/linear-algebra";
import { countPeakBytes } from "#lab/memory";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { type Random, random } from "#lab/random";
import * as sequence from "#lab/sequence-classifier";
import { slope } from "#lab/statistics";
import { scale, train } from "#lab/training";

// %% [markdown]
// ### Five attentions
// **Softmax** compares all pairs of $n$ tokens, **local** those within blocks of $b$. **Linformer** mixes the
// *positions* of keys and values down to $m$ by a learned $E$. The last two put $\phi(q)^\top \phi(k)$ for
// $\exp(q^\top k)$, so that the sum over keys is made once:
// $$
// o_i = \frac{\phi(q_i) \sum_j \phi(k_j)^\top v_j}{\phi(q_i) \sum_j \phi(k_j)^\top}, \qquad
// \phi(x) = 1 + \mathrm{ELU}(x) \ \text{ or }\ e^{\Omega x - \lVert x \rVert^2 / 2} / \sqrt m \ \text{ (Performer)}.
// $$

// %%
type Heads = tf.Tensor4D; // [batch, heads, time, features]
/** Softmax within blocks of b tokens; b divides the time. */
export function local(Q: Heads, K: Heads, V: Heads, b: number): Heads {
  const blocks = (x: Heads): Heads => tf.reshape(x, [-1, x.shape[2] / b, b, x.shape[3]]);
  return tf.reshape(attend(blocks(Q), blocks(K), blocks(V)), Q.shape);
}
/** Softmax over m mixtures of the positions, by E [m, time]. */
export function linformer(Q: Heads, K: Heads, V: Heads, E: tf.Tensor2D): Heads {
  return attend(Q, tf.matMul(E, K) as Heads, tf.matMul(E, V) as Heads);
}
/** Σ_j φ(k_j)ᵀ v_j first, then what each query takes of it, from φ(q) and φ(k). */
export function factorised(phiQ: tf.Tensor, phiK: tf.Tensor, V: Heads): Heads {
  const normaliser = tf.matMul(phiQ, tf.sum(phiK, 2, true), false, true); // [batch, heads, time, 1]
  return tf.div(tf.matMul(phiQ, tf.matMul(phiK, V, true)), normaliser);
}
export const linearPhi = (x: Heads): tf.Tensor => tf.add(1, tf.elu(x));
/** Ω x - ‖x‖² / 2 of x / d^¼, by Ω [m, d]. */
export function exponent(x: Heads, omega: tf.Tensor2D): tf.Tensor {
  const scaled = tf.mul(x, omega.shape[1] ** -0.25);
  const halfSquare = tf.div(tf.sum(tf.square(scaled), -1, true), 2);
  return tf.sub(tf.matMul(scaled, omega, false, true), halfSquare);
}
/** √m φ(x), less the largest exponent over `axes`, which cancels; 1e-4 is added. */
export function performerPhi(x: Heads, omega: tf.Tensor2D, axes: number[]): tf.Tensor {
  const all = exponent(x, omega);
  return tf.add(tf.exp(tf.sub(all, tf.max(all, axes, true))), 1e-4);
}
/** Ω [m, d]: orthogonal rows in blocks of d, as long as Gaussian rows are. */
export async function orthogonalRows(draw: Random, m: number, d: number): Promise<tf.Tensor2D> {
  const blocks: tf.Tensor2D[] = [];
  for (let row = 0; row < m; row += d) blocks.push(toTensor(await randomOrthogonal(draw, d)));
  return tf.mul(tf.slice(tf.concat(blocks), 0, m), tf.norm(draw.normal([m, d]), 2, 1, true));
}

// %% [markdown]
// ### The arena
// Two blocks of width 32 read the class at the first token. *Needle*: among 48 random symbols stands one of 8
// keys, anywhere in the last three quarters; which? *Pixels*: which digit is it, given 64 pixels in a row?

// %%
const [batchSize, tested, numLayers] = scale({ full: [16, 250, 2], quick: [1, 2, 1] });
const steps = scale({ full: { needle: 110, pixels: 50 }, quick: { needle: 1, pixels: 0 } });
const [numHeads, width, first] = [4, 16, 31]; // width: b of local, m of Linformer
const toBatch = (tokens: Int32Array, labels: Int32Array, time: number) => {
  const marked = tokens.map((token, place) => (place % time === 0 ? first : token));
  return { tokens: tf.tensor2d(marked, [labels.length, time]), labels: tf.tensor1d(labels) };
};
const images = await digits({ side: 8 });
const tasks = {
  needle(seed: number, size: number) {
    const { tokens, answers } = needle(random(seed), size, 48);
    return toBatch(tokens, answers, 48);
  },
  pixels(seed: number, size: number) {
    const set = randomImages(seed ? images.train : images.test, random(seed), size);
    const levels = Int32Array.from(set.images, (ink) => Math.round(15 * ink));
    return toBatch(levels, set.labels, 64);
  },
};
const omega = await orthogonalRows(random(3), 32, 8);
const phi = (x: Heads, axes: number[]) => performerPhi(x, omega, axes);
const arms: Record<string, (E: tf.Tensor2D) => AttentionKernel> = {
  softmax: () => attend,
  local: () => (Q, K, V) => local(Q, K, V, width),
  Linformer: (E) => (Q, K, V) => linformer(Q, K, V, E),
  linear: () => (Q, K, V) => factorised(linearPhi(Q), linearPhi(K), V),
  Performer: () => (Q, K, V) => factorised(phi(Q, [3]), phi(K, [2, 3]), V),
};
const names = Object.keys(arms);
const sizes = { vocabSize: 32, dModel: 32, dFf: 64, numLayers, classes: 10 };
const mixtures = [...Array(numLayers).keys()];
const init = (time: number) => ({
  encoder: sequence.initSequenceClassifier(random(1), { ...sizes, time }),
  E: mixtures.map((l) => random(10 + l).normal([width, time], time ** -0.5)), // of Linformer alone
});
type Model = ReturnType<typeof init>;
/** Logits [batch, 10] from embedded sequences x [batch, time, dModel]. */
const classify = ({ encoder, E }: Model, x: tf.Tensor, arm: string) => {
  const attention = (l: number) => ({ kernel: arms[arm]!(E[l - 1]!) });
  return sequence.classifySequences(encoder, x, numHeads, { attention });
};
async function score(task: keyof typeof tasks, arm: string): Promise<number> {
  const test = tasks[task](0, tested);
  const logits = (model: Model, tokens: tf.Tensor2D) =>
    classify(model, sequence.embedSequences(model.encoder, tokens), arm);
  const { parameters } = await train({
    ...{ parameters: init(test.tokens.shape[1]), steps: steps[task], stage: `${task}, ${arm}` },
    optimiser: { learningRate: (n) => 4e-3 * Math.min(1, (n + 1) / 10), clip: 1 },
    trains: arm === "Linformer" ? "**" : "encoder.**",
    loss: (model, n) => {
      const { tokens, labels } = tasks[task](n + 1, batchSize);
      return crossEntropy(logits(model, tokens), labels);
    },
  });
  return read(tf.tidy(() => accuracy(logits(parameters, test.tokens), test.labels)));
}
const scores: Record<string, { needle: number; pixels: number }> = {};
for (const arm of names)
  scores[arm] = { needle: await score("needle", arm), pixels: await score("pixels", arm) };
const { softmax, Linformer } = scores as Record<string, (typeof scores)[string]>;
const best = (by: "needle" | "pixels") =>
  names.reduce((a, b) => (scores[b]![by] > scores[a]![by] ? b : a));
const lost = scores[best("pixels")]!.pixels - scores[best("needle")]!.pixels;
ordering("softmax-finds-the-needle", softmax!.needle, { atLeast: 0.9 });
ordering("local-is-blind-for-the-needle", scores.local!.needle, { atMost: 0.25 });
ordering("linformer-misses-the-needle", Linformer!.needle, { atMost: 0.3 });
ordering("linformer-leads-on-pixels", Linformer!.pixels - softmax!.pixels, { atLeast: 0.1 });
ordering("the-needle-winner-loses-on-pixels", lost, { atLeast: 0.1 });

// %%
const lengths = scale({ full: [256, 512, 1024], quick: [32, 64, 128] });
const range = { min: 64, max: 1024, step: 64, value: 1024, good: 1024, bad: 64 };
const n = slider({ id: "n", label: "Tokens n", ...range });
const heads = (seed: number, time: number) =>
  random(seed).normal([3, 1, 4, time, 8]).unstack() as Heads[];
/** Bytes that attention takes beside Q, K and V, at most. */
function bytes(arm: string, time: number): number {
  const [[Q, K, V], E] = [heads(1, time), random(2).normal([width, time])];
  const [before, peak] = [tf.memory().numBytes, countPeakBytes()];
  tf.tidy(() => void arms[arm]!(E)(Q!, K!, V!));
  peak.stop();
  return peak.read() - before;
}
const growth = names.map((arm) => {
  const grown = lengths.map((time) => Math.log(bytes(arm, time)));
  return slope(lengths.map(Math.log), grown);
});
trend("softmax-memory-grows-with-the-square", growth[0]!, { between: [1.9, 2.1] });
trend("the-others-grow-linearly", Math.max(...growth.slice(1)), { atMost: 1.1 });
const mean = (arm: string) => (scores[arm]!.needle + scores[arm]!.pixels) / 2;
const points = names.map((label) => ({ label, x: bytes(label, n) / 1e6, y: mean(label) }));
scatter([{ name: "an attention", points }], {
  title: "Accuracy against memory of five attentions",
  description: "One point for each attention: none is best on both axes.",
  x: { label: `memory of attention at n = ${n} (MB, log scale)`, log: true },
  y: { label: "mean accuracy of the two tasks" },
  better: { x: "low", y: "high" },
});

// %% [markdown]
// ### Checks
// The attentions in their limits; and ListOps, a task of the suite, answered by a constant.

// %%
const [Q, K, V] = heads(4, 32) as [Heads, Heads, Heads];
const agree = async (id: string, a: tf.Tensor, b: tf.Tensor, atMost: number) =>
  identity(id, await read(largestDifference(a, b)), { atMost });
await agree("one-block-is-softmax", local(Q, K, V, 32), attend(Q, K, V), 1e-5);
await agree("no-mixing-is-softmax", linformer(Q, K, V, tf.eye(32)), attend(Q, K, V), 1e-5);
const [phiQ, phiK] = [linearPhi(Q), linearPhi(K)];
const products = tf.matMul(phiQ, phiK, false, true); // [1, heads, time, time]
const quadratic = tf.matMul(tf.div(products, tf.sum(products, -1, true)), V);
await agree("factorised-is-quadratic", factorised(phiQ, phiK, V), quadratic, 1e-5);
const [q, k] = [Q, K].map(
  (x) => tf.div(x, tf.norm(x, 2, -1, true)).slice([0, 0, 0, 0], [1, 4, 2, 8]) as Heads,
);
const estimates: tf.Tensor[] = [];
for (let i = 0; i < scale({ full: 200, quick: 12 }); i++) {
  const omega = await orthogonalRows(random(100 + i), 256, 8);
  estimates.push(tf.mean(tf.exp(tf.add(exponent(q!, omega), exponent(k!, omega))), -1));
}
const ratio = tf.div(
  tf.mean(tf.stack(estimates), 0),
  tf.exp(tf.div(tf.sum(tf.mul(q!, k!), -1), 8 ** 0.5)),
);
await agree("performer-is-right-on-average", ratio, tf.onesLike(ratio), 0.05);
const model = init(48);
const x = sequence.embedSequences(model.encoder, tasks.needle(9, 2).tokens);
const gradient = tf.grad((x) => tf.sum(tf.square(classify(model, x, "local"))))(x);
const beyond = await read(tf.max(tf.abs(tf.slice(gradient, [0, width]))));
identity("local-sees-its-block-alone", beyond, { exactly: 0 });
const [answers, draw] = [Array<number>(10).fill(0), random(6)];
for (let i = 0; i < 4000; i++) answers[listOps(draw).answer]!++;
trend("a-constant-answers-listops", Math.max(...answers) / 4000, { between: [0.155, 0.185] });
