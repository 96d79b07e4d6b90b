// %% [markdown]
// ### The problem and the idea
// LoRA forgets; tuning scattered weights forgets less, but is slow. S²FT **selects sparsely and
// computes densely**: a few heads and channels of the whole model, moved to the front by a
// permutation that changes nothing, so that one dense slice is trained in place.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { initLowRank, lowRank } from "#lab/adapter";
import { causalMask, selfAttention } from "#lab/attention";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { mobyDick, randomBatch, spacedBatch, stateOfTheUnion } from "#lab/dataset/text";
import { type Point, scatter } from "#lab/figure/scatter";
import { gelu, layerNorm, linear } from "#lab/layer";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { linearDecay } from "#lab/optimiser";
import { countParameters, flatten, mapParameters, type Parameters, replace } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { average } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type BlockFunction, forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// In $y = W_d\,\phi(W_u x)$, channel $j$ is row $j$ of $W_u$ and column $j$ of $W_d$; a head is a block
// of rows of $W_q, W_k, W_v$ and of columns of $W_o$. Permute both sides alike, and $y$ stays. Of
// $W_d$ and $W_o$, the first $s$ columns are trained, for which $x_{1:s}$ alone is kept of $x$:
// $$y = W x + \Delta x_{1:s}, \quad \nabla_\Delta = \textstyle\sum_t g_t\, x_{t,1:s}^\top, \quad \nabla_x = (W + [\Delta, 0])^\top g.$$

// %%
/** A share of `size` heads or channels by layer, drawn over all layers: a layer may get none. */
export function choose(random: Random, part: string, size: number, ratio: number, numLayers = 4) {
  const S: Record<string, number[]> = {};
  for (const i of random.permutation(numLayers * size).slice(0, ratio * numLayers * size))
    (S[`${Math.floor(i / size)}.${part}`] ??= []).push(i % size);
  return S;
}
/** The order π of n places with the chosen ones in front. */
export const inFront = (S: number[], n: number) => [...new Set([...S, ...Array(n).keys()])];
/** A model that computes the same, with the chosen inputs S of its W_o and W_d in front. */
export function copermute(model: LanguageModel, S: Record<string, number[]>): LanguageModel {
  return mapParameters(model, (W, path) => {
    const [, l, part, name] = path.split(".");
    const chosen = S[`${l}.${part}`]; // "0.attention": of W_o in the first block
    const axis = name === "output" ? 0 : 1; // W_q, W_k, W_v, W_u make what W_o and W_d read
    return chosen ? tf.gather(W, inFront(chosen, W.shape[axis]!), axis) : W;
  });
}
/** x W + x_{1:s} Δ [..., dOut] with W [dIn, dOut] frozen, and its gradients for x and Δ [s, dOut]. */
export function s2Linear(x: tf.Tensor, W: tf.Tensor2D, Delta?: tf.Tensor): tf.Tensor {
  if (!Delta) return linear(x, W);
  const [[s, dOut], dIn] = [Delta.shape as [number, number], W.shape[0]];
  const product = tf.customGrad((...inputs) => {
    const [x, Delta, save] = inputs as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    const merged = tf.add(W, tf.concat([Delta, tf.zeros([dIn - s, dOut])])); // W + [Δ, 0]
    save([tf.slice(x, [0, 0], [-1, s]), merged]); // x_{1:s}, and no more of x
    const toX = (g: tf.Tensor, W: tf.Tensor) => tf.matMul(g, W, false, true);
    const toDelta = (g: tf.Tensor, xs: tf.Tensor) => tf.matMul(xs, g, true);
    return { value: tf.matMul(x, merged), gradFunc: (g, [xs, W]) => [toX(g, W!), toDelta(g, xs!)] };
  });
  return tf.reshape(product(tf.reshape(x, [-1, dIn]), Delta), [...x.shape.slice(0, -1), dOut]);
}
/** The pre-norm block with W_o and W_d trained in place: one Δ for each of the parts of S. */
export function s2Block(parts: string[], Delta: tf.Tensor[]): BlockFunction {
  return (x, { norm1, attention, norm2, feedForward: { hidden, output } }, l) => {
    const of = (part: string) => Delta[parts.indexOf(`${l - 1}.${part}`)];
    const unmixed = { ...attention, output: tf.eye(x.shape[2]!) as tf.Tensor2D };
    const options = { numHeads: 4, mask: causalMask(x.shape[1]!) };
    const heads = selfAttention(layerNorm(x, norm1), unmixed, options);
    const middle = tf.add(x, s2Linear(heads, attention.output, of("attention")));
    const channels = gelu(linear(layerNorm(middle, norm2), hidden));
    return tf.add(middle, s2Linear(channels, output, of("feedForward")));
  };
}
/** W + E_S Δ: a slice fused into the rows S of the weight [dIn, dOut] that it was trained for. */
export const fuse = (W: tf.Tensor, S: number[], Delta: tf.Tensor): tf.Tensor =>
  tf.add(W, tf.matMul(tf.oneHot(S, W.shape[0]!, 1, 0, "float32"), Delta, true));

// %%
const { seeds, steps, batchSize, time } = scale({
  full: { seeds: [0, 1], steps: 150, batchSize: 8, time: 32 },
  quick: { seeds: [0], steps: 1, batchSize: 1, time: 8 },
});
const texts = [await mobyDick(), await stateOfTheUnion()] as const;
const little = texts[1].train.slice(-6000);
const heldOut = texts.map((text) => spacedBatch(text.heldOut, 6 * batchSize, 2 * time));
const base = (await pretrained("tiny-gpt")) as LanguageModel;
const S = choose(random(1), "feedForward", 256, 0.1);
for (const [part, heads] of Object.entries(choose(random(2), "attention", 4, 0.25)))
  S[part] = heads.flatMap((h) => [...Array(16).keys()].map((i) => 16 * h + i)); // dHead = 16
const [permuted, parts] = [copermute(base, S), Object.keys(S)];
const zeros = parts.map((part) => tf.zeros([S[part]!.length, 64]));
const few = spacedBatch(little, batchSize, time);
type Logits = (trained: tf.Tensor[], inputs: tf.Tensor2D) => tf.Tensor;
const list = (tree: Parameters) => Object.values(flatten(tree));
const inFull: Logits = (W, inputs) => forward(replace(base, W), inputs, 4);
const inSlices: Logits = (Delta, inputs) =>
  forward(permuted, inputs, 4, { block: s2Block(parts, Delta) });
const loss = (logits: Logits, trained: tf.Tensor[], { inputs, targets } = few) =>
  tf.tidy(() => crossEntropy(logits(trained, inputs), targets)); // nats per character
const apart = largestDifference(inFull(list(base), few.inputs), inSlices(zeros, few.inputs));
identity("permuting-changes-nothing", await read(apart), { atMost: 1e-4, unit: "in a logit" });
const slopes = tf.grads((...Delta) => loss(inSlices, Delta))(zeros);
const all = flatten(replace(base, tf.grads((...W) => loss(inFull, W))(list(base))));
const rows = parts.map((part) => tf.gather(all[`blocks.${part}.output`]!, S[part]!));
const gap = await read(tf.max(tf.abs(tf.sub(tf.concat(slopes), tf.concat(rows)))));
identity("slices-get-rows-of-the-full-gradient", gap, { atMost: 1e-5, unit: "in a gradient" });
count("trains-only-its-slices", countParameters(zeros) - 64 * (102 + 4 * 16), { exactly: 0 }); // d Σ s
const [W, D, mine, yours] = [slopes[0]!, tf.gather(slopes[0]!, [1, 4]), [3, 0], [2, 5]];
const both = fuse(fuse(W, mine, D), yours, D);
const swapped = largestDifference(both, fuse(fuse(W, yours, D), mine, D));
const alone = largestDifference(tf.gather(both, mine), tf.gather(fuse(W, mine, D), mine));
identity("two-slices-fuse-in-any-order", await read(tf.maximum(swapped, alone)), { exactly: 0 });

// %% [markdown]
// ### Against LoRA and full fine-tuning
// `tiny-gpt` knows Moby-Dick and learns from 6,000 characters of State of the Union addresses.

// %%
async function point(logits: Logits, trained: tf.Tensor[]) {
  const [x, y] = await Promise.all(heldOut.map((batch) => read(loss(logits, trained, batch))));
  return { x: x!, y: y!, trained }; // losses on the old and the new text
}
async function tune(parameters: tf.Tensor[], logits: Logits, learningRate: number, seed: number) {
  const optimiser = { learningRate: linearDecay({ learningRate, warmup: 0, steps }) };
  const descend = (trained: tf.Tensor[], step: number) =>
    loss(logits, trained, randomBatch(little, random(1000 * seed + step), batchSize, time));
  const how = { steps, stage: `${parameters.length} tensors, seed ${seed}`, optimiser };
  return point(logits, (await train({ ...how, parameters, loss: descend })).parameters);
}
const [before, full] = [await point(inFull, list(base)), await tune(list(base), inFull, 5e-4, 0)];
const [s2ft, lora]: Awaited<ReturnType<typeof tune>>[][] = [[], []];
for (const seed of seeds) {
  const AB = initLowRank(random(seed), base, "blocks.*.{attention,feedForward}.*", { rank: 2 });
  const merged = (ab: tf.Tensor[]) => lowRank(base, replace(AB, ab), { alpha: 4 });
  s2ft!.push(await tune(zeros, inSlices, 2e-3, seed));
  lora!.push(await tune(list(AB), (ab, x) => forward(merged(ab), x, 4), 2e-3, seed));
}
const forgotten = (run: Point) => run.x - before.x;
const toLora = s2ft!.map((run, i) => forgotten(run) / forgotten(lora![i]!));
ordering("forgets-less-than-lora", average(toLora), { atMost: 0.75, unit: "× LoRA" });
ordering("forgets-less-than-full", forgotten(s2ft![0]!) / forgotten(full), { atMost: 0.75 });
ordering("learns-like-lora", average(s2ft!.map((run, i) => run.y - lora![i]!.y)), { atMost: 0.02 });
ordering("learns", average(s2ft!.map((run) => before.y - run.y)), { atLeast: 0.015, unit: "nats" });

// %%
const range = { min: 0, max: 3, step: 0.25, value: 0.5, good: 0.5, bad: 3 };
const strength = slider({ id: "strength", label: "Strength of the slice, × Δ", ...range });
const scaled = s2ft![0]!.trained.map((Delta) => tf.mul(Delta, strength));
const here = { ...(await point(inSlices, scaled)), label: `× ${strength}` };
const runs = { before: [before], full: [full], LoRA: lora!, "S²FT": [...s2ft!, here] };
const series = Object.entries(runs).map(([name, points]) => ({ name, points }));
scatter(series, {
  title: "What is learnt, and what is forgotten",
  description: "S²FT lies to the left of LoRA, and full fine-tuning far to the right of both.",
  x: { label: "loss on Moby-Dick (nats per character)" },
  y: { label: "loss on State of the Union (nats)" },
});
