// %% [markdown]
// ### The problem
// Dozens of attentions claim to be nearly as good as softmax and far cheaper on long sequences, each on
// tasks of its own. **The idea:** one suite of tasks of different kinds, one encoder, one recipe; only the
// attention changes. Here: five attentions, and two kinds of task, *find a symbol* and *read an image*.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel } from "#lab/attention";
import { identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, randomImages } from "#lab/dataset/digits";
import { listOps } from "#lab/dataset/list-ops";
import { needle } from "#lab/dataset/recall";
import { scatter } from "#lab/figure/scatter";
import { embed, initLinear, initNorm, layerNorm, linear } from "#lab/layer";
import { randomOrthogonal, toTensor } from "#lab/linear-algebra";
import { countPeakBytes } from "#lab/memory";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { type Random, random } from "#lab/random";
import { slope } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { initBlock, throughBlocks } from "#lab/transformer";

// %% [markdown]
// ### Five attentions
// All take $Q, K, V$ of $n$ tokens, with $d$ features in each head. **Softmax** compares all pairs, **local** those
// within blocks of $b$ tokens. **Linformer** mixes the *positions* of keys and values down to $m$ by a learned $E$.
// The last two put $\phi(q)^\top \phi(k)$ for $\exp(q^\top k)$, so that the sum over keys is made once:
// $$
// o_i = \frac{\phi(q_i) \sum_j \phi(k_j)^\top v_j}{\phi(q_i) \sum_j \phi(k_j)^\top}, \qquad
// \phi(x) = 1 + \mathrm{ELU}(x) \ \text{ or }\ \phi(x) = \frac{1}{\sqrt m} e^{\Omega x - \lVert x \rVert^2 / 2}
// \ \text{ (Performer).}
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
/** √m φ(x) of x / d^¼, by Ω [m, d], less the largest exponent over `axes`, which cancels; 1e-4 is added. */
export function performerPhi(x: Heads, omega: tf.Tensor2D, axes: number[]): tf.Tensor {
  const scaled = tf.mul(x, omega.shape[1] ** -0.25);
  const halfSquare = tf.div(tf.sum(tf.square(scaled), -1, true), 2);
  const exponent = tf.sub(tf.matMul(scaled, omega, false, true), halfSquare);
  return axes.length > 0
    ? tf.add(tf.exp(tf.sub(exponent, tf.max(exponent, axes, true))), 1e-4)
    : tf.exp(exponent);
}
/** Ω [m, d]: orthogonal rows in blocks of d, as long as Gaussian rows are. */
export async function orthogonalRows(draw: Random, m: number, d: number): Promise<tf.Tensor2D> {
  const blocks: tf.Tensor2D[] = [];
  for (let row = 0; row < m; row += d) blocks.push(toTensor(await randomOrthogonal(draw, d)));
  return tf.mul(tf.slice(tf.concat(blocks), 0, m), tf.norm(draw.normal([m, d]), 2, 1, true));
}

// %% [markdown]
// ### The arena
// One encoder for all: two blocks of width 32, four heads; the class is read at the first token. *Needle*: among
// 48 random symbols stands one of 8 keys, anywhere in the last three quarters; which? *Pixels*: which digit is
// this, given its 64 pixels one after the other?

// %%
const { steps, batchSize, tested } = scale({
  full: { steps: { needle: 120, pixels: 70 }, batchSize: 16, tested: 250 },
  quick: { steps: { needle: 1, pixels: 0 }, batchSize: 1, tested: 2 },
});
const [dModel, numHeads, width, first] = [32, 4, 16, 31]; // width: b of local, m of Linformer
const toBatch = (tokens: Int32Array, labels: Int32Array, time: number) => {
  const symbols = tokens.map((token, place) => (place % time === 0 ? first : token));
  return { tokens: tf.tensor2d(symbols, [labels.length, time]), labels: tf.tensor1d(labels) };
};
const images = await digits({ side: 8 });
const tasks = {
  needle(seed: number, size: number) {
    const { tokens, answers } = needle(random(seed), size, 48);
    return toBatch(tokens, answers, 48);
  },
  pixels(seed: number, size: number) {
    const { images: ink, labels } = randomImages(
      images[seed ? "train" : "test"],
      random(seed),
      size,
    );
    return toBatch(
      Int32Array.from(ink, (level) => Math.round(15 * level)),
      labels,
      64,
    );
  },
};
const initEncoder = (draw: Random, time: number) => ({
  symbols: draw.normal([32, dModel], 0.5) as tf.Tensor2D,
  positions: draw.normal([time, dModel], 0.5) as tf.Tensor2D,
  E: [0, 1].map(() => draw.normal([width, time], 1 / Math.sqrt(time)) as tf.Tensor2D),
  blocks: [0, 1].map(() => initBlock(draw, { dModel, dFf: 64 }, "uniform fan-in", true)),
  norm: initNorm(dModel),
  head: initLinear(draw, dModel, 10, "uniform fan-in"),
});
type Encoder = ReturnType<typeof initEncoder>;
const omega = await orthogonalRows(random(3), 32, dModel / numHeads);
const arms: Record<string, (E: tf.Tensor2D) => AttentionKernel> = {
  softmax: () => attend,
  local: () => (Q, K, V) => local(Q, K, V, width),
  Linformer: (E) => (Q, K, V) => linformer(Q, K, V, E),
  linear: () => (Q, K, V) => factorised(linearPhi(Q), linearPhi(K), V),
  Performer: () => (Q, K, V) =>
    factorised(performerPhi(Q, omega, [3]), performerPhi(K, omega, [2, 3]), V),
};
/** Logits of 10 classes [batch, 10] from embedded symbols x [batch, time, dModel]. */
function classify({ blocks, norm, head, E }: Encoder, x: tf.Tensor, arm: string): tf.Tensor {
  const attention = (l: number) => ({ kernel: arms[arm]!(E[l - 1]!) });
  const last = throughBlocks(x, blocks, { numHeads }, { attention }).at(-1)!;
  const read = tf.reshape(tf.slice(last, [0, 0, 0], [-1, 1, -1]), [-1, dModel]);
  return linear(layerNorm(read, norm), head);
}
const embedded = ({ symbols, positions }: Encoder, tokens: tf.Tensor2D) =>
  tf.add(embed(tokens, symbols), positions);
async function score(task: keyof typeof tasks, arm: string): Promise<number> {
  const test = tasks[task](0, tested);
  const { parameters } = await train({
    parameters: initEncoder(random(1), test.tokens.shape[1]),
    ...{ steps: steps[task], stage: `${task}, ${arm}` },
    optimiser: { learningRate: (n) => 4e-3 * Math.min(1, (n + 1) / 10), clip: 1 },
    trains: (path) => arm === "Linformer" || !path.startsWith("E"),
    loss: (encoder, n) => {
      const { tokens, labels } = tasks[task](n + 1, batchSize);
      return crossEntropy(classify(encoder, embedded(encoder, tokens), arm), labels);
    },
  });
  return read(
    tf.tidy(() =>
      accuracy(classify(parameters, embedded(parameters, test.tokens), arm), test.labels),
    ),
  );
}
const [onNeedle, onPixels] = [{}, {}] as [Record<string, number>, Record<string, number>];
for (const arm of Object.keys(arms)) {
  onNeedle[arm] = await score("needle", arm);
  onPixels[arm] = await score("pixels", arm);
}
const winner = Object.keys(arms).reduce((a, b) => (onNeedle[b]! > onNeedle[a]! ? b : a));
const [softmaxPixels, bestPixels] = [onPixels.softmax!, Math.max(...Object.values(onPixels))];
ordering("softmax-finds-the-needle", onNeedle.softmax!, { atLeast: 0.9 });
ordering("local-is-blind-for-the-needle", onNeedle.local!, { atMost: 0.25 });
ordering("linformer-misses-the-needle", onNeedle.Linformer!, { atMost: 0.3 });
ordering("linformer-leads-on-pixels", onPixels.Linformer! - softmaxPixels, { atLeast: 0.1 });
ordering("the-needle-winner-loses-on-pixels", bestPixels - onPixels[winner]!, { atLeast: 0.1 });

// %%
const sizes = scale({ full: [256, 512, 1024], quick: [32, 64, 128] });
const n = slider({
  id: "n",
  label: "Tokens n",
  min: 64,
  max: 1024,
  step: 64,
  value: 1024,
  good: 1024,
  bad: 64,
});
const drawHeads = (draw: Random, time: number) =>
  [0, 1, 2].map(() => draw.normal([1, 4, time, 8]) as Heads);
/** Bytes that attention takes beside Q, K and V, at most. */
function bytes(arm: string, time: number): number {
  const [Q, K, V] = drawHeads(random(1), time);
  const E = random(2).normal([width, time]) as tf.Tensor2D;
  const [before, peak] = [tf.memory().numBytes, countPeakBytes()];
  tf.tidy(() => void arms[arm]!(E)(Q!, K!, V!));
  peak.stop();
  return peak.read() - before;
}
const growth = Object.keys(arms).map((arm) =>
  slope(
    sizes.map(Math.log),
    sizes.map((time) => Math.log(bytes(arm, time))),
  ),
);
trend("softmax-memory-grows-with-the-square", growth[0]!, { between: [1.9, 2.1] });
trend("the-others-grow-linearly", Math.max(...growth.slice(1)), { atMost: 1.1 });
const mean = (name: string) => (onNeedle[name]! + onPixels[name]!) / 2;
const points = Object.keys(arms).map((label) => ({
  label,
  x: bytes(label, n) / 1e6,
  y: mean(label),
}));
scatter([{ name: "an attention", points }], {
  title: "Accuracy against memory of five attentions",
  description: "One point for each attention: none is best on both axes.",
  x: { label: `memory of attention at n = ${n} (MB, log scale)`, log: true },
  y: { label: "mean accuracy of the two tasks" },
  better: { x: "low", y: "high" },
});

// %% [markdown]
// ### Checks
// In their limits the attentions are softmax or a plain product; local attention cannot see past its block; and
// a constant answers ListOps, one of the suite's tasks, as well as four of the ten models that were reported.

// %%
const [Q, K, V] = drawHeads(random(4), 32) as [Heads, Heads, Heads];
const apart = (a: tf.Tensor, b: tf.Tensor) => read(largestDifference(a, b));
const exact = attend(Q, K, V);
identity("one-block-is-softmax", await apart(local(Q, K, V, 32), exact), { atMost: 1e-5 });
identity("no-mixing-is-softmax", await apart(linformer(Q, K, V, tf.eye(32)), exact), {
  atMost: 1e-5,
});
const products = tf.matMul(linearPhi(Q), linearPhi(K), false, true); // [1, heads, time, time]
const quadratic = tf.matMul(tf.div(products, tf.sum(products, -1, true)), V);
identity(
  "factorised-is-quadratic",
  await apart(factorised(linearPhi(Q), linearPhi(K), V), quadratic),
  { atMost: 1e-5 },
);
const [q, k] = [Q, K].map((x) => tf.slice(x, 0, [1, 4, 2, 8]));
const unit = (x: tf.Tensor) => tf.div(x, tf.norm(x, 2, -1, true)) as Heads;
const draws: tf.Tensor[] = [];
for (let i = 0; i < scale({ full: 200, quick: 12 }); i++) {
  const omega = await orthogonalRows(random(100 + i), 256, 8);
  draws.push(
    tf.div(
      tf.sum(tf.mul(performerPhi(unit(q!), omega, []), performerPhi(unit(k!), omega, [])), -1),
      256,
    ),
  );
}
const kernel = tf.exp(tf.div(tf.sum(tf.mul(unit(q!), unit(k!)), -1), Math.sqrt(8)));
const ratio = tf.div(tf.mean(tf.stack(draws), 0), kernel);
identity("performer-is-right-on-average", await apart(ratio, tf.onesLike(ratio)), {
  atMost: 0.05,
  unit: "of exp(q·k/√d)",
});
const encoder = initEncoder(random(5), 48);
const grad = tf.grad((x) => tf.sum(tf.square(classify(encoder, x, "local"))))(
  embedded(encoder, tasks.needle(9, 2).tokens),
);
identity("local-sees-its-block-alone", await read(tf.max(tf.abs(tf.slice(grad, [0, width])))), {
  exactly: 0,
});
const answers = Array<number>(10).fill(0);
for (const draw = random(6); answers.reduce((a, b) => a + b) < 4000;)
  answers[listOps(draw).answer]!++;
trend("a-constant-answers-listops", Math.max(...answers) / 4000, { between: [0.155, 0.185] });
