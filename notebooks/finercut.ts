// %% [markdown]
// ### The problem
// A model too deep for its device can lose layers. Usually whole blocks go, judged by how little a
// block changes *its own input*. That is coarse, and a small change may still matter in the end.
// **FinerCut** lets every attention and every feed-forward sub-layer (FFN) compete in one list,
// judges a removal by how far the *output of the whole model* moves on ten short unlabelled texts,
// removes the best one, and measures all the others anew. Nothing is trained.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { mobyDick, spacedBatch } from "#lab/dataset/text";
import { curve } from "#lab/figure/curve";
import { embed, layerNorm, linear } from "#lab/layer";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { mean } from "#lab/statistics";
import { scale } from "#lab/training";
import { type BlockFunction, forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// $L$ blocks are $n = 2L$ residual sub-layers $x \leftarrow x + f_i(\mathrm{norm}_i(x))$: attention 1,
// FFN 1, attention 2, … To remove $i$ is to do $x \leftarrow x$ in its place. $z(x; S)$ are the logits
// with the set $S$ removed; wanted is
// $$
// \min_{|S| = K} \mathbb E_{x}\, D\big(z(x; \emptyset),\, z(x; S)\big), \qquad
// D = \mathrm{JS} = \tfrac12 \mathrm{KL}(P \| M) + \tfrac12 \mathrm{KL}(Q \| M),
// $$
// $P, Q$ the softmax of both, $M = \tfrac12 (P + Q)$. The sets are too many: the search is greedy.

// %%
/** A block without the sub-layers in S: number 2l - 1 is the attention of block l, 2l its FFN. */
export function without(S: readonly number[]): BlockFunction {
  return (x, { norm1, norm2 }, l, { attention, feedForward }) => {
    const middle = S.includes(2 * l - 1) ? x : tf.add(x, attention(layerNorm(x, norm1)));
    return S.includes(2 * l) ? middle : tf.add(middle, feedForward(layerNorm(middle, norm2)));
  };
}

/** Mean JS of z and zS [batch, time, vocabSize] in nats; log P/M = ln 2 - softplus(log Q/P). */
export function jensenShannon(z: tf.Tensor, zS: tf.Tensor): tf.Scalar {
  const [logP, logQ] = [tf.logSoftmax(z), tf.logSoftmax(zS)];
  const KL = (a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(tf.mul(tf.exp(a), tf.sub(Math.LN2, tf.softplus(tf.sub(b, a)))), -1); // [batch, time]
  return tf.mul(0.5, tf.mean(tf.add(KL(logP, logQ), KL(logQ, logP))));
}

/** Sub-layers in the order of their removal, and D of the set. */
export type Cut = { S: number[]; D: number };
export type Distance = (S: number[]) => Promise<number>;
/** The set of the least D. */
export async function best(sets: number[][], distance: Distance): Promise<Cut> {
  const all = await Promise.all(sets.map(async (S) => ({ S, D: await distance(S) })));
  return all.reduce((a, b) => (b.D < a.D ? b : a));
}
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
/**
 * The cuts of 1 to K of n sub-layers: each adds the one whose removal moves the output least. A share
 * x > 0 keeps the first ⌊n x / 2⌋ + 1 blocks until ⌊n x⌋ + 1 sub-layers are gone.
 */
export async function greedy(n: number, K: number, distance: Distance, x = 0): Promise<Cut[]> {
  const cuts: Cut[] = [];
  for (let S: number[] = []; S.length < K; S = cuts.at(-1)!.S) {
    const kept = x > 0 && S.length <= Math.floor(n * x) ? 2 * Math.floor((n * x) / 2) + 2 : 0;
    const candidates = upTo(n).filter((j) => j > kept && !S.includes(j));
    const sets = candidates.map((j) => [...S, j]);
    cuts.push(await best(sets, distance));
  }
  return cuts;
}

// %% [markdown]
// ### All eight, one after the other
// `tiny-gpt` has four blocks and reads characters; the choice is made on text of its training.
// Skipping must be the same as multiplying by zero, and what is left at the end embedding and head.

// %%
const { layers, ks, time, windows, draws } = scale({
  full: { layers: 4, ks: [2, 4, 6], time: 64, windows: 64, draws: 12 },
  quick: { layers: 2, ks: [2], time: 8, windows: 2, draws: 2 },
});
const whole = (await pretrained("tiny-gpt")) as LanguageModel;
const [n, model] = [2 * layers, { ...whole, blocks: whole.blocks.slice(0, layers) }];
const text = await mobyDick();
const calibration = spacedBatch(text.train, 10, time).inputs;
const logits = (S: number[], tokens = calibration, theta = model) =>
  forward(theta, tokens, 4, { block: without(S) }); // [batch, time, vocabSize]
const z = logits([]);
let passes = 0;
const JS: Distance = (S) => {
  passes += 1;
  return read(tf.tidy(() => jensenShannon(z, logits(S))));
};
const cuts = await greedy(n, n, JS);
count("measures-every-candidate-anew", passes - (n * (n + 1)) / 2, { exactly: 0, unit: "passes" });
identity("the-whole-model-is-at-zero", Math.abs(await JS([])), { atMost: 1e-7, unit: "nats" });
const { S: half } = cuts[layers - 1]!;
const kinds = ["feedForward", "attention"];
const paths = half.map((j) => `blocks.${Math.ceil(j / 2) - 1}.${kinds[j % 2]}.output`);
const zeroed = mapParameters(model, (W, path) => (paths.includes(path) ? tf.zerosLike(W) : W));
const apart = await read(largestDifference(logits(half), logits([], calibration, zeroed)));
identity("skipping-is-zeroing", apart, { atMost: 1e-5, unit: "largest difference" });
const start = tf.add(embed(calibration, model.tokens), tf.slice(model.positions, 0, time));
const bare = linear(layerNorm(start, model.norm), model.head);
const left = await read(largestDifference(logits(cuts.at(-1)!.S), bare));
identity("nothing-is-left-but-the-stream", left, { atMost: 1e-5, unit: "largest difference" });

// %% [markdown]
// ### Against whole blocks and against chance
// Whole blocks get the best of *all* choices by the same JS. The loss is judged on held-out text.

// %%
const { inputs, targets } = spacedBatch(text.heldOut, windows, time); // [windows, time]
const loss = (S: number[]) => read(tf.tidy(() => crossEntropy(logits(S, inputs), targets)));
const losses = (sets: number[][]) => Promise.all(sets.map(loss)); // nats per character
const subsets = <T>(of: T[], size: number): T[][] =>
  size ? of.flatMap((j, i) => subsets(of.slice(i + 1), size - 1).map((S) => [j, ...S])) : [[]];
const blocks = upTo(layers).map((l) => [2 * l - 1, 2 * l]);
const [over, coarse, chance]: [number[], number[], number[]] = [[], [], []];
for (const k of ks) {
  const sets = subsets(blocks, k / 2).map((some) => some.flat());
  const { S, D } = await best(sets, JS);
  over.push(cuts[k - 1]!.D / D);
  coarse.push(await loss(S));
  const drawn = upTo(draws).map((seed) => random(seed).shuffle(upTo(n)).slice(0, k));
  chance.push(mean(await losses(drawn)));
}
const finer = await losses([[], ...cuts.map(({ S }) => S)]);
ordering("moves-the-output-no-more", Math.max(...over), { atMost: 1.05, unit: "× whole blocks" });
const unit = "nats per character";
const rise = Math.max(...ks.map((k, i) => finer[k]! - coarse[i]!));
ordering("costs-no-more-than-blocks", rise, { atMost: 0.01, unit });
const lead = Math.min(...ks.map((k, i) => chance[i]! - finer[k]!));
ordering("beats-chance", lead, { atLeast: 0.1, unit });
const { D } = await best(subsets(upTo(n), 2), JS);
ordering("near-the-best-pair", cuts[1]!.D / D, { atMost: 1.25, unit: "× the best" });
const depths = cuts.at(-1)!.S.map((j) => Math.ceil(j / 2));
const deeper = mean(depths.slice(0, layers)) - mean(depths.slice(layers));
trend("deep-blocks-go-first", deeper, { atLeast: 0.5, unit: "blocks" });

// %%
const share = { min: 0, max: 0.4, step: 0.1, value: 0, good: 0, bad: 0.4 };
const x = slider({ id: "share", label: "First blocks stay until this share is gone", ...share });
const y = await losses([[], ...(await greedy(n, n, JS, x)).map(({ S }) => S)]);
const between = (middle: number[]) => ({ x: [0, ...ks, n], y: [y[0]!, ...middle, y[n]!] });
const lines = [
  { name: "greedy", y },
  { name: "whole blocks", ...between(coarse), dashed: true },
  { name: "random", ...between(chance) },
];
curve(lines, {
  title: "What each removal costs",
  description: "Greedy removal lies just below whole blocks, and both far below random removal.",
  x: { label: "sub-layers removed" },
  y: { label: "held-out loss (nats per character)" },
});
