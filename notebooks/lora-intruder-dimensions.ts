// %% [markdown]
// ### The problem and the idea
// Full fine-tuning and LoRA can reach the same loss: is it the same solution? The loss cannot tell,
// the singular vectors of the weights can. Full fine-tuning turns them a little. LoRA of low rank
// puts a new one among the largest, unlike all the old ones: an **intruder dimension**.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { initLowRank, lowRank } from "#lab/adapter";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { mobyDick, randomBatch, spacedBatch, stateOfTheUnion } from "#lab/dataset/text";
import { heatMap } from "#lab/figure/heat-map";
import { randomOrthogonal, readMatrix, singularValues, toTensor } from "#lab/linear-algebra";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { linearDecay } from "#lab/optimiser";
import { flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { average, highest, lowest } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// Take $W_0 = U^0 \Sigma^0 V^{0\top}$ before and $W = W_0 + \Delta W = U \Sigma V^\top$ after tuning, and
// $s_j = \max_i |\langle u_j, u^0_i \rangle|$ over **all** $i$. Vector $j \le k$ is an intruder if
// $s_j < \epsilon$ ($k = 10$, $\epsilon = 0.5$). With $\lambda < 1$ the intruders $J$ are weakened:
// $$W_\lambda = W + (\lambda - 1) \sum_{j \in J} \sigma_j\, u_j v_j^\top.$$

// %%
/** W = U Σ Vᵀ of y = W x: U [dOut, n], σ from the largest down [n], V [dIn, n]; n = min(dIn, dOut). */
export type Spectrum = { U: tf.Tensor2D; S: number[]; V: tf.Tensor2D };
/** The spectrum of W. The lab keeps Wᵀ [dIn, dOut], whose right vectors are our U. */
export async function spectrum(weight: tf.Tensor2D): Promise<Spectrum> {
  const { U, S, V } = singularValues(await readMatrix(weight));
  return { U: toTensor(V), S: [...S], V: toTensor(U) };
}
/** s_j = max_i |⟨u_j, u⁰_i⟩| [n]. The sign of a singular vector means nothing. */
export function similarity(U: tf.Tensor2D, U0: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.max(tf.abs(tf.matMul(U, U0, true)), 1));
}
/** The intruders J: the j, from 0, among the first k with s_j < ε. */
export function intruders(s: ArrayLike<number>, k = 10, epsilon = 0.5): number[] {
  return Array.from({ length: k }, (_, j) => j).filter((j) => s[j]! < epsilon);
}
/** W_λ = W + (λ - 1) Σ_{j∈J} σ_j u_j v_jᵀ, as the lab keeps it [dIn, dOut]. */
export function scaleDown(W: tf.Tensor2D, at: Spectrum, J: number[], lambda: number): tf.Tensor2D {
  const change = at.S.map((sigma, j) => (J.includes(j) ? (lambda - 1) * sigma : 0)); // [n]
  return tf.tidy(() => tf.add(W, tf.matMul(tf.mul(at.V, change), at.U, false, true)));
}

// %% [markdown]
// ### Does the test find what it should?
// A planted $1.5\,\sigma_1 a b^\top$ with random unit vectors must be the one intruder; noise of full
// rank, a tenth as long as $W_0$, must make none; turning the inputs must leave left vectors alone.

// %%
const base = (await pretrained("tiny-gpt")) as LanguageModel;
const linear = "blocks.*.{attention,feedForward}.*"; // six matrices in each of four blocks
const matrices = (model: LanguageModel) =>
  Object.entries(flatten(model) as Record<string, tf.Tensor2D>).filter(([p]) => /att|feed/.test(p));
const before: Record<string, Spectrum> = {};
for (const [path, W] of matrices(base)) before[path] = await spectrum(W);
async function compare(path: string, W: tf.Tensor2D) {
  const at = await spectrum(W);
  const s = await similarity(at.U, before[path]!.U).data();
  return { W, at, s, J: intruders(s), weak: scaleDown(W, at, intruders(s), 0.75) };
}
const draw = random(0);
const sum = (W: tf.Tensor2D, change: tf.Tensor, length: tf.Tensor | number) =>
  tf.add(W, tf.mul(change, tf.div(length, tf.norm(change)))) as tf.Tensor2D;
const seen = [];
for (const [path, W] of matrices(base)) {
  const [dIn, dOut] = W.shape;
  const ab = tf.matMul(draw.normal([dIn, 1]), draw.normal([1, dOut]));
  seen.push({
    planted: await compare(path, sum(W, ab, 1.5 * before[path]!.S[0]!)),
    noise: await compare(path, sum(W, draw.normal([dIn, dOut]), tf.mul(0.1, tf.norm(W)))),
    turned: await compare(path, tf.matMul(toTensor(await randomOrthogonal(draw, dIn)), W)),
  });
}
const missed = seen.filter(({ planted }) => planted.J.length !== 1).length;
count("a-planted-vector-is-the-one-intruder", missed, { exactly: 0, unit: "matrices without" });
count("noise-makes-no-intruder", seen.flatMap(({ noise }) => noise.J).length, { exactly: 0 });
const least = Math.min(...seen.flatMap(({ turned }) => [...turned.s.slice(0, 10)]));
identity("turned-inputs-keep-left-vectors", 1 - least, { atMost: 1e-3, unit: "largest 1 - s" });
const { W, at, J } = seen[0]!.planted;
const same = await read(largestDifference(scaleDown(W, at, J, 1), W));
identity("lambda-one-changes-nothing", same, { exactly: 0, unit: "largest change of a weight" });
const { S } = await spectrum(scaleDown(W, at, J, 0)); // without the planted one, the largest
const moved = Math.max(...S.map((sigma, j) => Math.abs(sigma - (at.S[j + 1] ?? 0))));
identity("lambda-zero-takes-one-component", moved, { atMost: 1e-4, unit: "largest change of a σ" });

// %% [markdown]
// ### Full fine-tuning against LoRA
// `tiny-gpt` knows Moby-Dick. It learns State of the Union addresses, in each arm from the same
// batches, at learning rates that bring the arms to about the same loss there.

// %%
const { seeds, steps, batchSize, time } = scale({
  full: { seeds: [0, 1], steps: 100, batchSize: 8, time: 32 },
  quick: { seeds: [0], steps: 1, batchSize: 1, time: 8 },
});
const texts = [await mobyDick(), await stateOfTheUnion()] as const;
const nats = (model: LanguageModel, { inputs, targets }: ReturnType<typeof spacedBatch>) =>
  tf.tidy(() => crossEntropy(forward(model, inputs, 4), targets)); // per character
const heldOut = texts.map((text) => spacedBatch(text.heldOut, 6 * batchSize, 2 * time));
const losses = (m: LanguageModel) => Promise.all(heldOut.map((batch) => read(nats(m, batch))));
async function tune(rank: number, learningRate: number, seed: number): Promise<LanguageModel> {
  const optimiser = { learningRate: linearDecay({ learningRate, warmup: 0, steps }) };
  const how = { steps, optimiser, stage: `${rank ? `rank ${rank}` : "full"}, seed ${seed}` };
  const loss = (model: LanguageModel, step: number) =>
    nats(model, randomBatch(texts[1].train, random(1000 * (seed + 1) + step), batchSize, time));
  if (!rank) return (await train({ ...how, parameters: base, trains: linear, loss })).parameters;
  const start = initLowRank(random(seed), base, linear, { rank });
  const merged = (ab: typeof start) => lowRank(base, ab, { alpha: 2 * rank });
  const tuned = await train({ ...how, parameters: start, loss: (ab, n) => loss(merged(ab), n) });
  return merged(tuned.parameters);
}
async function look(model: LanguageModel) {
  const found: Record<string, Awaited<ReturnType<typeof compare>>> = {};
  for (const [path, W] of matrices(model)) found[path] = await compare(path, W);
  const weak = mapParameters(model, (W, path) => found[path]?.weak ?? W);
  const J = Object.values(found).flatMap((one) => one.J).length;
  return { found, J, tuned: await losses(model), weak: await losses(weak) };
}
const [full, rank1]: Awaited<ReturnType<typeof look>>[][] = [[], []];
for (const seed of seeds) {
  full!.push(await look(await tune(0, 1.2e-4, seed)));
  rank1!.push(await look(await tune(1, 2.5e-2, seed)));
}
const rank16 = await look(await tune(16, 7e-4, 0));
const slow = await look(await tune(1, 5e-3, 0));
const apart = (text: number) => rank1!.map(({ tuned }, i) => tuned[text]! - full![i]!.tuned[text]!);
const after = (text: number) => rank1!.map(({ tuned, weak }) => weak[text]! - tuned[text]!);
const unit = "nats per character";
ordering("both-learn-the-new-text", highest(apart(1).map(Math.abs)), { atMost: 0.02, unit });
ordering("full-has-no-intruder", highest(full!.map(({ J }) => J)), { exactly: 0 });
ordering("rank-1-has-intruders", lowest(rank1!.map(({ J }) => J)), { atLeast: 2, tolerance: 0.5 });
ordering("rank-16-has-no-more", rank16.J - rank1![0]!.J, { atMost: 0 });
ordering("a-fifth-of-the-rate-makes-none", slow.J, { exactly: 0 });
ordering("rank-1-forgets-more", average(apart(0)), { atLeast: 0, unit });
ordering("scaling-down-helps-the-old-text", highest(after(0)), { atMost: 0, unit });
ordering("scaling-down-spares-the-new-text", highest(after(1)), { atMost: 0.02, unit });

// %%
const options = ["full fine-tuning", "LoRA, r = 1", "LoRA, r = 1, slow", "LoRA, r = 16"] as const;
const ends = { good: options[0], bad: options[1], value: options[1] };
const by = select({ id: "tuned-by", label: "Tuned by", options, ...ends });
const [path] = Object.entries(rank1![0]!.found).find(([, { J }]) => J.length) ?? matrices(base)[0]!;
const tuned = [full![0]!, rank1![0]!, slow, rank16][options.indexOf(by)]!.found[path]!;
const alike = tf.abs(tf.matMul(tuned.at.U, before[path]!.U, true)).slice([0, 0], [10, 30]);
heatMap((await alike.array()) as number[][], {
  title: "Large singular vectors after tuning, against those before",
  description: `${path} after ${by}, seed 0. A row in which no cell stands out is an intruder.`,
  rows: { label: "tuned vector j, from 0" },
  columns: { label: "pre-trained vector i, from 0" },
  value: "|⟨u_j, u⁰_i⟩|",
});
