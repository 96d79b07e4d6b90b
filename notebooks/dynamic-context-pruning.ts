// %% [markdown]
// ### The problem
// A decoder keeps the keys and values of every past token, in every layer, for ever. Few are needed again.
// **The idea.** In each layer a small score lets a token drop an earlier one for all that come later.
// It is tuned as a sigmoid that sharpens into a step; what was dropped then leaves the cache.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { causalMask, selfAttention, windowMask } from "#lab/attention";
import { decodeWithCache } from "#lab/cache";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { passKey } from "#lab/dataset/recall";
import { sparseSigmoid } from "#lab/entmax";
import { heatMap } from "#lab/figure/heat-map";
import { layerNorm, linear } from "#lab/layer";
import { largestDifference, read } from "#lab/metric";
import { type Random, random } from "#lab/random";
import { answerLoss, recallRate, recallTargets, streamLoss } from "#lab/recall";
import { highest, lowest } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type BlockFunction, forward, type LanguageModel, trace } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// With $W_Q, W_K \in \mathbb R^{d \times r}$ and $\beta$ in each layer, shared by its heads, token $n$ keeps $j$ with
// $p_{nj} = \sigma_\alpha(s_{nj})$: the sigmoid for $\alpha = 1$, a ramp for $\alpha = 2$, a step for $\alpha \to \infty$.
// $$
// s_{nj} = \frac{(x_n W_Q) \cdot (x_j W_K)}{\sqrt r} + \beta, \qquad I_{kj} = \prod_{j < n \le k} p_{nj}.
// $$
// Once dropped, $j$ stays dropped: attention is $\mathrm{softmax}(QK^\top / \sqrt{d_h} + \log I + \text{causal}) V$.

// %%
export type Gate = { query: tf.Tensor2D; key: tf.Tensor2D; beta: tf.Scalar }; // [d, r], [d, r], []
export type Pruned = { model: LanguageModel; gates: Gate[] };
const numHeads = 4;
const step = (s: tf.Tensor): tf.Tensor => tf.step(s); // σ_∞
/** s_nj [batch, time, time] of normalised inputs h [batch, time, d]. */
export function interaction(h: tf.Tensor, { query, key, beta }: Gate): tf.Tensor {
  const products = tf.matMul(linear(h, query), linear(h, key), false, true);
  return tf.add(tf.div(products, Math.sqrt(key.shape[1])), beta);
}

/** I_kj [batch, time, time] of the decisions p_nj, of which those with j ≥ n do not count. */
export function alive(p: tf.Tensor): tf.Tensor {
  const place = tf.range(0, p.shape[2]!);
  const decides = tf.greater(tf.expandDims(place, 1), place); // n > j
  return tf.exp(tf.cumsum(tf.log(tf.add(tf.where(decides, p, tf.onesLike(p)), 1e-30)), 1));
}

/** Logits [batch, time, vocabSize], and I [batch, time, time] of each layer as `collected`. */
export function predict({ model, gates }: Pruned, tokens: tf.Tensor2D, sigma = step) {
  const collect: tf.Tensor[] = [];
  const block: BlockFunction = (x, { norm1, attention, norm2 }, l, { feedForward }) => {
    const h = layerNorm(x, norm1);
    const I = alive(sigma(interaction(h, gates[l - 1]!)));
    collect.push(I);
    const mask = tf.add(tf.expandDims(tf.log(tf.add(I, 1e-30)), 1), causalMask(tokens.shape[1]));
    const middle = tf.add(x, selfAttention(h, attention, { numHeads, mask }));
    return tf.add(middle, feedForward(layerNorm(middle, norm2)));
  };
  return trace(model, tokens, numHeads, { block, collect });
}

// %% [markdown]
// ### Tuning
// `tiny-recall` reads a stream with one key in its first quarter, and gives the key back at the end: one
// token is worth keeping. All weights are tuned on $\mathcal L_{LM} + 0.3\,\mathrm{mean}(I)$ while $\alpha$ goes
// from 1 to 8. The control, tuned as long, keeps the last tokens instead: no smaller a share.

// %%
const full = { seeds: [0, 1], steps: 80, batchSize: 8, time: 64, held: 64 };
const quick = { seeds: [0], steps: 1, batchSize: 2, time: 16, held: 2 };
const { seeds, steps, batchSize, time, held } = scale({ full, quick });
const stream = (seed: number, size: number) => recallTargets(passKey(random(seed), size, time));
const { inputs, targets } = stream(7, held);
const model = (await pretrained("tiny-recall")) as LanguageModel;
const gated = (draw: Random, beta: number): Pruned => {
  const weight = () => draw.normal([32, 8], 1 / Math.sqrt(32));
  const gate = () => ({ query: weight(), key: weight(), beta: tf.scalar(beta) });
  return { model, gates: model.blocks.map(gate) };
};
const sharpening = (s: tf.Tensor, n: number) =>
  sparseSigmoid(s, 4.5 - 3.4999 * Math.cos(Math.PI * Math.min(n / (0.8 * steps), 1)));
const tune = (seed: number, stage: string, trains: string, sigma: typeof sharpening) =>
  train({
    ...{ parameters: gated(random(seed + 1), 2), trains, steps, stage: `${stage}, seed ${seed}` },
    optimiser: { learningRate: (n) => 5e-4 * (1 + Math.cos((Math.PI * n) / steps)), clip: 1 },
    treatment: (path) => ({ learningRate: path.startsWith("gates") ? 10 : 1 }),
    loss: (pruned, n) => {
      const { inputs, targets } = stream(1e6 * (seed + 1) + n, batchSize);
      const { logits, collected } = predict(pruned, inputs, (s) => sigma(s, n));
      const price = tf.mul(0.3, tf.mean(tf.stack(collected))); // 1 for j > k counts too
      return tf.add(tf.add(streamLoss(logits, targets), answerLoss(logits, targets)), price);
    },
  });
const measure = (pruned: Pruned, sigma = step) =>
  tf.tidy(() => {
    const { logits, collected } = predict(pruned, inputs, sigma);
    const dropped = tf.mul(tf.mean(tf.sub(1, tf.stack(collected))), (2 * time) / (time + 1)); // of j ≤ k
    return tf.stack([streamLoss(logits, targets), recallRate(logits, targets), dropped]);
  });
const before = await read(streamLoss(forward(model, inputs, numHeads), targets));
const runs = [];
for (const seed of seeds) {
  const { parameters: pruned } = await tune(seed, "pruning", "**", sharpening);
  const [loss, recall, dropped] = await measure(pruned).data();
  const width = Math.ceil(((1 - dropped!) * (time + 1)) / 2) + 1;
  const near = () => tf.expandDims(tf.exp(windowMask(time, width)), 0); // p_nj = 1 for the last tokens
  const windowed = await tune(seed, "window", "model.**", near);
  const [, local] = await measure(windowed.parameters, near).data();
  runs.push({ pruned, rise: loss! - before, recall: recall!, dropped: dropped!, local: local! });
}
ordering("most-pairs-are-dropped", lowest(runs.map((r) => r.dropped)), { atLeast: 0.75 });
ordering("loss-stays", highest(runs.map((r) => r.rise)), { atMost: 0.05, unit: "nats per token" });
ordering("key-is-recalled", lowest(runs.map((r) => r.recall)), { atLeast: 0.8 });
ordering("window-forgets-the-key", highest(runs.map((r) => r.local)), { atMost: 0.3 });

// %%
const range = { min: -8, max: 8, step: 1, value: 0, good: 0, bad: -8 };
const shift = slider({ id: "shift", label: "Added to β when decoding", ...range });
const shifted = (s: tf.Tensor) => tf.step(tf.add(s, shift));
const [, recall, dropped] = await measure(runs[0]!.pruned, shifted).data();
const first = tf.slice(inputs, 0, 1);
const atEnd = (I: tf.Tensor) => tf.slice(I, [0, time - 1], [1, 1]); // [1, 1, time]
const cached = predict(runs[0]!.pruned, first, shifted).collected.map(atEnd);
const label = `K: key; ${Math.round(100 * dropped!)} % of pairs dropped, recall ${recall!.toFixed(2)}`;
const sign = (token: number) => (token < 8 ? "K" : token < 22 ? "" : "?"); // key, filler, question
heatMap((await tf.squeeze(tf.concat(cached)).array()) as number[][], {
  title: "What is in each layer's cache when the question comes",
  description: "Layers by tokens of a stream: one or more keep the key, most fillers are gone.",
  rows: { label: "layer", names: ["1", "2", "3", "4"] },
  columns: { label, names: Array.from(await first.data(), sign) },
  ...{ value: "in the cache (1) or dropped (0)", domain: [0, 1] as const },
});

// %%
const agree = async (id: string, a: tf.Tensor, b: tf.Tensor, atMost: number) =>
  identity(id, await read(largestDifference(a, b)), { atMost });
const rough = gated(random(6), 0); // gates that nobody has tuned: with β = 0 they drop about half
const masked = predict(rough, first);
const stay = async (h: tf.Tensor3D, l: number) => {
  const [s = []] = (await interaction(h, rough.gates[l - 1]!).array()) as number[][][];
  return [...s.keys()].filter((j) => s.at(-1)![j]! > 0 || j === s.length - 1);
};
const { logits, sizes } = await decodeWithCache(model, first, { numHeads, stay });
await agree("cache-gives-the-masked-logits", logits, masked.logits, 1e-4);
const living = await Promise.all(masked.collected.map((I) => read(tf.sum(atEnd(I)))));
const excess = Math.max(...living.map((n, l) => Math.abs(n - sizes[l]!)));
count("cache-holds-what-is-alive", excess, { exactly: 0, unit: "tokens" });
const soft = tf.concat(predict(rough, first, (s) => sparseSigmoid(s, 2)).collected); // [layers, k, j]
const rise = tf.sub(tf.slice(soft, [0, 1]), tf.slice(soft, [0, 0], [-1, time - 1]));
identity("alive-only-falls", await read(tf.max(rise)), { atMost: 1e-6 });
await agree("nobody-drops-itself", tf.mul(tf.sub(soft, 1), tf.eye(time)), tf.zerosLike(soft), 1e-6);
const [s, p] = [tf.linspace(-0.3, 0.3, 61), (s: tf.Tensor) => sparseSigmoid(s, 4)];
await agree("alpha-1-is-the-sigmoid", sparseSigmoid(s, 1.0001), tf.sigmoid(s), 1e-3);
await agree("alpha-2-is-a-ramp", sparseSigmoid(s, 2), tf.mul(tf.add(s, 1), 0.5), 1e-5);
const difference = tf.div(tf.sub(p(tf.add(s, 1e-3)), p(tf.sub(s, 1e-3))), 2e-3);
await agree("slope-is-the-difference", tf.grad(p)(s), difference, 1e-3);
