// %% [markdown]
// ### The problem and the idea
// Choose a little of a large pool of text, to tune a model on before its task. Of text that looks like
// the task the model knows a part. **GOT-D** asks which samples, given more weight, would move what it
// has read fastest **towards** the task: the gradient of their distance by optimal transport.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { decode, mobyDick, randomBatch, spacedBatch, stateOfTheUnion } from "#lab/dataset/text";
import { histogram } from "#lab/figure/histogram";
import { readMatrix, symmetricEigen, toTensor } from "#lab/linear-algebra";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { constant } from "#lab/optimiser";
import { random } from "#lab/random";
import { highest, lowest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// The pool $D_S$ stands for what the model has read, $D_R$ for the task. Light tuning on a part $D_U$
// of the pool acts like training on $\lambda D_U + (1-\lambda) D_S$ with a small $\lambda$, and then
// $$\mathrm{OT}(\lambda D_U + (1-\lambda) D_S, D_R) \approx \mathrm{OT}(D_S, D_R) + \lambda\, D_U \cdot \partial\, \mathrm{OT}(D_S, D_R) / \partial D_S.$$
// For costs $C$ and masses $w$ and $v$, Sinkhorn's iterations find the duals $f$ and $g$:
// $$f_i = -\epsilon \log \textstyle\sum_j v_j\, e^{(g_j - C_{ij})/\epsilon}, \qquad g_j = -\epsilon \log \textstyle\sum_i w_i\, e^{(f_i - C_{ij})/\epsilon}.$$
// Mass that comes to sample $i$ is taken from all others alike, so its gradient is the calibrated
// $h_i = f_i - \frac{1}{n-1} \sum_{k \neq i} f_k$. The samples with the smallest $h$ are chosen.

// %%
type Duals = { f: tf.Tensor1D; g: tf.Tensor1D }; // of the pool [n], of the task [m]
const [epsilon, turns] = [0.05, scale({ full: 40, quick: 14 })]; // × the mean cost
/** -ε log Σ_j masses_j exp((duals_j - C_ij) / ε), for each row i of the costs. */
function dual(C: tf.Tensor, masses: tf.Tensor, duals: tf.Tensor): tf.Tensor1D {
  const exponents = tf.add(tf.log(masses), tf.div(tf.sub(duals, C), epsilon));
  return tf.mul(-epsilon, tf.logSumExp(exponents, 1)) as tf.Tensor1D;
}
/** The duals for costs C [n, m], masses w [n] and v [m]. f comes last: rows of the plan are right. */
export function sinkhorn(C: tf.Tensor, w: tf.Tensor1D, v: tf.Tensor1D, iterations = turns): Duals {
  let [f, g] = [tf.zerosLike(w), tf.zerosLike(v)];
  for (let k = 0; k < iterations; k++) {
    g = tf.tidy(() => dual(tf.transpose(C), w, f));
    f = tf.tidy(() => dual(C, v, g));
  }
  return { f, g };
}
/** The plan w_i v_j exp((f_i + g_j - C_ij) / ε) [n, m]. */
export function plan(C: tf.Tensor, { f, g }: Duals, w: tf.Tensor1D, v: tf.Tensor1D): tf.Tensor {
  const exponents = tf.div(tf.sub(tf.add(tf.reshape(f, [-1, 1]), g), C), epsilon);
  return tf.mul(tf.outerProduct(w, v), tf.exp(exponents));
}
/** h [n]: each f_i less the mean of the others. */
export const calibrated = (f: tf.Tensor): tf.Tensor =>
  tf.sub(f, tf.div(tf.sub(tf.sum(f), f), f.size - 1));
/** All places, that of the smallest number first. */
export const ascending = (h: ArrayLike<number>): number[] =>
  [...Array(h.length).keys()].sort((i, j) => h[i]! - h[j]!);
/** Euclidean distances [n, m] of the rows of x and y, divided by their mean. */
export function costs(x: tf.Tensor, y: tf.Tensor): tf.Tensor2D {
  const C = tf.norm(tf.sub(tf.expandDims(x, 1), y), 2, 2) as tf.Tensor2D;
  return tf.div(C, tf.mean(C));
}

// %% [markdown]
// ### Two kinds of text
// `tiny-gpt` has read Moby-Dick. Of State of the Union addresses are a tenth of the pool and half of
// the task. Pieces are compared by their frequent words, along the task's four main axes.

// %%
const { n, m, words, budget, steps, batchSize, seeds } = scale({
  full: { n: 1500, m: 300, words: 300, budget: 100, steps: 13, batchSize: 16, seeds: [0, 1] },
  quick: { n: 40, m: 20, words: 100, budget: 4, steps: 1, batchSize: 1, seeds: [0] },
});
const texts = [await mobyDick(), await stateOfTheUnion({ heldOut: 0.2 })];
const pieces = (tokens: Int32Array, count: number) => {
  const starts = Array.from({ length: count }, (_, i) => (i * (tokens.length - 256)) / count);
  return starts.map((start) => [...tokens.slice(start, start + 256)]);
};
const pool = texts.flatMap(({ train }, i) => pieces(train, [0.9 * n, 0.1 * n][i]!));
const task = texts.flatMap(({ heldOut }) => pieces(heldOut.slice(0, 13000), m / 2));
const bags = [...pool, ...task].map(decode).map((text) => text.toLowerCase().split(/[^a-z']+/));
const occurs = new Map<string, number>();
for (const word of bags.flat()) occurs.set(word, 1 + (occurs.get(word) ?? 0));
const often = [...occurs.keys()].sort((a, b) => occurs.get(b)! - occurs.get(a)!).slice(0, words);
const counts = tf.tensor2d(bags.map((bag) => often.map((b) => bag.filter((a) => a === b).length)));
const weighted = tf.mul(tf.log1p(counts), tf.neg(tf.log(tf.mean(tf.minimum(counts, 1), 0))));
const rows = tf.div(weighted, tf.add(tf.norm(weighted, 2, 1, true), 1e-6));
const centred = tf.sub(rows, tf.mean(tf.slice(rows, [n, 0]), 0));
const goal = tf.slice(centred, [n, 0]);
const { vectors } = symmetricEigen(await readMatrix(tf.matMul(goal, goal, true)));
const axes = tf.slice(toTensor(vectors), [0, 0], [-1, 4]);
const [x, y] = tf.split(tf.matMul(centred, axes), [n, m]);
const even = (size: number) => tf.fill([size], 1 / size) as tf.Tensor1D;
const [C, w, v] = [costs(x!, y!), even(n), even(m)];
const duals = sinkhorn(C, w, v);
const h = await calibrated(duals.f).data();
const order = ascending(h);
const apart = await read(largestDifference(tf.sum(plan(C, duals, w, v), 0), v));
identity("the-plan-fits-the-task", apart, { atMost: 1e-4, unit: "of the mass" });
const change = largestDifference(calibrated(tf.add(duals.f, 1)), calibrated(duals.f));
identity("a-constant-changes-nothing", await read(change), { atMost: 1e-6 });
const distance = ({ f, g }: Duals, w: tf.Tensor) => read(tf.add(tf.dot(w, f), tf.dot(v, g)));
const slopes = [order[0]!, order[Math.floor(n / 2)]!, order[n - 1]!].map(async (i) => {
  const more = tf.add(tf.mul(w, 0.999), tf.oneHot(i, n, 0.001, 0, "float32")) as tf.Tensor1D;
  const rise = (await distance(sinkhorn(C, more, v), more)) - (await distance(duals, w));
  return Math.abs(rise / 0.001 - (h[i]! * (n - 1)) / n);
});
identity("h-is-the-gradient", Math.max(...(await Promise.all(slopes))), { atMost: 0.01 });
const points = (seed: number, near: number, far: number) =>
  tf.concat([random(seed).normal([near, 2], 0.3), random(seed + 1).normal([far, 2], 0.3, 4)]);
const toy = sinkhorn(costs(points(1, 297, 3), points(3, 30, 30)), even(300), even(60));
const rarest = ascending(await calibrated(toy.f).data()).slice(0, 3);
count("the-three-rare-points-are-chosen", rarest.filter((i) => i >= 297).length, { exactly: 3 });
const [known, rare] = [(i: number) => i < 0.9 * n, (i: number) => i >= 0.9 * n];
const share = (chosen: number[]) => chosen.filter(rare).length / chosen.length;
const drawn = (seed: number) => random(seed).shuffle(order);
ordering("the-smallest-are-the-rare-domain", share(order.slice(0, budget)), { atLeast: 0.7 });
ordering("the-largest-are-what-is-known", share(order.slice(-budget)), { atMost: 0.05 });
ordering("random-is-like-the-pool", share(drawn(0).slice(0, budget)), { between: [0.04, 0.16] });
const base = (await pretrained("tiny-gpt")) as LanguageModel;
const loss = (model: LanguageModel, { inputs, targets }: ReturnType<typeof spacedBatch>) =>
  tf.tidy(() => crossEntropy(forward(model, inputs, 4), targets)); // nats per character
const tests = texts.map(({ heldOut }) => spacedBatch(heldOut.slice(13000), 2 * batchSize, 128));
const losses = (model: LanguageModel) => Promise.all(tests.map((test) => read(loss(model, test))));
async function tune(chosen: number[], seed: number) {
  const text = Int32Array.from(chosen.flatMap((i) => pool[i]!));
  const batch = (step: number) => randomBatch(text, random(1000 * seed + step), batchSize, 64);
  const descend = (model: LanguageModel, step: number) => loss(model, batch(step));
  const how = { steps, optimiser: { learningRate: constant(1e-4) }, stage: `seed ${seed}` };
  return losses((await train({ ...how, parameters: base, loss: descend })).parameters);
}
const before = await losses(base);
const runs: number[][][] = []; // [seed][GOT-D, half of each text, at random][text]
for (const seed of seeds) {
  const any = drawn(seed);
  const halves = [known, rare].flatMap((kind) => any.filter(kind).slice(0, budget / 2));
  const arms = [order, halves, any].map((arm) => tune(arm.slice(0, budget), seed));
  runs.push(await Promise.all(arms));
}
const gains = runs.map((run) => run.map((losses) => before[1]! - losses[1]!)); // on the addresses
const lead = (times: number, arm: number) => lowest(gains.map((g) => g[0]! - times * g[arm]!));
ordering("learns-the-rare-half-faster-than-matching", lead(1.15, 1), { atLeast: 0 });
ordering("learns-the-rare-half-faster-than-at-random", lead(3, 2), { atLeast: 0 });
const worse = (arm: number) => highest(runs.map((run) => mean(run[0]!) - mean(run[arm]!)));
ordering("better-on-the-whole-task-than-random", worse(2), { atMost: -0.005, unit: "nats" });
ordering("no-worse-on-the-whole-task-than-matching", worse(1), { atMost: 0.003, unit: "nats" });

// %%
const range = { min: 25, max: 300, step: 25, value: 100, good: 100, bad: 300 };
const taken = order.slice(0, slider({ id: "budget", label: "Pieces to choose", ...range }));
const kinds = { "Moby-Dick": h.slice(0, 0.9 * n), addresses: h.slice(0.9 * n) };
const own = { [`chosen, ${Math.round(100 * share(taken))} % addresses`]: taken.map((i) => h[i]!) };
const samples = Object.entries({ ...kinds, ...own }).map(([name, values]) => ({ name, values }));
histogram(samples, {
  title: "The gradient of each piece of the pool",
  description: "Addresses, the rare half of the task, have the smallest h, and are chosen first.",
  x: { label: "calibrated gradient h (× mean cost)" },
});
