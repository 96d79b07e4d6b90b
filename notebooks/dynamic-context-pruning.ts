// %% [markdown]
// ### The problem
// A decoder keeps the keys and values of every past token, in every layer, for ever. Most are never
// needed again.
//
// **The idea.** A small score lets token $n$ decide, in each layer, that an earlier token $j$ is of no
// more use to anyone. While it is tuned the decision is a sigmoid that grows sharper step by step;
// afterwards it is a step function, and what was dropped leaves the cache.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { causalMask, selfAttention, windowMask } from "#lab/attention";
import { decodeWithCache } from "#lab/cache";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { passKey, passKeyTokens } from "#lab/dataset/recall";
import { sparseSigmoid } from "#lab/entmax";
import { heatMap } from "#lab/figure/heat-map";
import { layerNorm, linear } from "#lab/layer";
import { largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { answerLoss, recallRate, recallTargets, streamLoss } from "#lab/recall";
import { highest, lowest } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type BlockFunction, forward, type LanguageModel, trace } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// Each layer gets $W_Q, W_K \in \mathbb R^{d \times r}$ and $\beta$, shared by its heads. Token $n$ keeps $j$ with
// $$
// p_{nj} = \sigma_\alpha(s_{nj}), \qquad s_{nj} = \frac{(x_n W_Q) \cdot (x_j W_K)}{\sqrt r} + \beta,
// $$
// where the sparse sigmoid $\sigma_\alpha$ is the sigmoid for $\alpha = 1$, a ramp for $\alpha = 2$ and a step
// for $\alpha \to \infty$. Once dropped is dropped for all that come later:
// $$
// I_{kj} = \prod_{j < n \le k} p_{nj}, \qquad
// \mathrm{softmax}\!\Big(\tfrac{QK^\top}{\sqrt{d_h}} + \log I + \text{causal}\Big) V.
// $$

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
    const logI = tf.expandDims(tf.log(tf.add(I, 1e-30)), 1); // [batch, 1, time, time]: all heads alike
    const mask = tf.add(logI, causalMask(tokens.shape[1]));
    const middle = tf.add(x, selfAttention(h, attention, { numHeads, mask }));
    return tf.add(middle, feedForward(layerNorm(middle, norm2)));
  };
  return trace(model, tokens, numHeads, { block, collect });
}

// %% [markdown]
// ### Tuning
// `tiny-recall` reads a stream with one key in its first quarter, and gives the key back at the end: one
// token is worth keeping. All weights are tuned on $\mathcal L_{LM} + 0.3\,\mathrm{mean}(I)$ while $\alpha$ goes
// from 1 to 8. The control, tuned as long, sees a window of the last tokens: no smaller a share.

// %%
const { seeds, steps, batchSize, time, held } = scale({
  full: { seeds: [0, 1], steps: 80, batchSize: 8, time: 64, held: 64 },
  quick: { seeds: [0], steps: 1, batchSize: 2, time: 16, held: 2 },
});
const base = (await pretrained("tiny-recall")) as LanguageModel;
const stream = (seed: number, size: number) => recallTargets(passKey(random(seed), size, time));
const { inputs, targets } = stream(7, held);
const withGates = (seed: number, beta: number, rank = 8): Pruned => {
  const draw = random(seed + 1);
  const weight = () => draw.normal([32, rank], 1 / Math.sqrt(32)) as tf.Tensor2D;
  const gate = () => ({ query: weight(), key: weight(), beta: tf.scalar(beta) });
  return { model: base, gates: base.blocks.map(gate) };
};
type Look<T> = (
  start: T,
  tokens: tf.Tensor2D,
  n: number,
) => { logits: tf.Tensor3D; price?: tf.Tensor };
async function tune<T extends Pruned | LanguageModel>(
  start: T,
  seed: number,
  stage: string,
  look: Look<T>,
) {
  const { parameters } = await train({
    ...{ parameters: start, steps, stage: `${stage}, seed ${seed}` },
    optimiser: { learningRate: cosine({ learningRate: 1e-3, warmup: 0, steps }), clip: 1 },
    treatment: (path) => ({ learningRate: path.startsWith("gates") ? 10 : 1 }),
    loss: (current, n) => {
      const { inputs, targets } = stream(1e6 * (seed + 1) + n, batchSize);
      const { logits, price = 0 } = look(current, inputs, n);
      return tf.add(tf.add(streamLoss(logits, targets), answerLoss(logits, targets)), price);
    },
  });
  return parameters;
}
const pruning: Look<Pruned> = (pruned, tokens, n) => {
  const alpha = 4.5 - 3.4999 * Math.cos(Math.PI * Math.min(n / (0.8 * steps), 1));
  const { logits, collected } = predict(pruned, tokens, (s) => sparseSigmoid(s, alpha));
  return { logits, price: tf.mul(0.3, tf.mean(tf.stack(collected))) }; // 1 for j > k counts too
};
const pairs = (time * (time + 1)) / 2; // those with j ≤ k
async function measure(pruned: Pruned, sigma = step) {
  const numbers = tf.tidy(() => {
    const { logits, collected } = predict(pruned, inputs, sigma);
    const dropped = tf.mul(tf.mean(tf.sub(1, tf.stack(collected))), time ** 2 / pairs);
    return [streamLoss(logits, targets), recallRate(logits, targets), dropped];
  });
  const [loss, recall, dropped] = await Promise.all(numbers.map(read));
  return { loss: loss!, recall: recall!, dropped: dropped! };
}
const before = await read(streamLoss(forward(base, inputs, numHeads), targets));
const tuned: Pruned[] = [];
const runs: (Awaited<ReturnType<typeof measure>> & { local: number })[] = [];
for (const seed of seeds) {
  tuned.push(await tune(withGates(seed, 2), seed, "pruning", pruning));
  const ours = await measure(tuned[seed]!);
  const mask = windowMask(time, Math.ceil((1 - ours.dropped) * (pairs / time)) + 1);
  const see = (model: LanguageModel, tokens: tf.Tensor2D) =>
    trace(model, tokens, numHeads, { attention: () => ({ mask }) });
  const windowed = await tune(base, seed, "window", see);
  runs.push({ ...ours, local: await read(recallRate(see(windowed, inputs).logits, targets)) });
}
ordering("most-pairs-are-dropped", lowest(runs.map(({ dropped }) => dropped)), { atLeast: 0.75 });
const rise = highest(runs.map(({ loss }) => loss - before));
ordering("loss-stays", rise, { atMost: 0.05, unit: "nats per token" });
ordering("key-is-recalled", lowest(runs.map(({ recall }) => recall)), { atLeast: 0.8 });
ordering("window-forgets-the-key", highest(runs.map(({ local }) => local)), { atMost: 0.3 });

// %%
const range = { min: -8, max: 8, step: 1, value: 0, good: 0, bad: -8 };
const shift = slider({ id: "shift", label: "Added to β when decoding", ...range });
const shifted = (s: tf.Tensor) => tf.step(tf.add(s, shift));
const first = tf.slice(inputs, 0, 1);
const atEnd = predict(tuned[0]!, first, shifted).collected.map((I) =>
  tf.slice(I, [0, time - 1], [1, 1]),
);
const { dropped, recall } = await measure(tuned[0]!, shifted);
const { keys, question } = passKeyTokens;
const sign = (token: number) => (token < keys ? "K" : token < question ? "" : "?");
heatMap((await tf.squeeze(tf.concat(atEnd)).array()) as number[][], {
  title: "What is in each layer's cache when the question comes",
  description:
    "Layers by tokens of one stream: one layer at least keeps the key, most fillers are gone.",
  rows: { label: "layer", names: ["1", "2", "3", "4"] },
  columns: {
    label: `K: the key; ${(100 * dropped).toFixed(0)} % of all pairs dropped, recall ${recall.toFixed(2)}`,
    names: Array.from(await first.data(), sign),
  },
  value: "in the cache (1) or dropped (0)",
  domain: [0, 1],
});

// %% [markdown]
// ### Checks
// On gates that nobody has tuned, with $\beta = 0$: they drop about half of what they see.

// %%
const rough = withGates(5, 0);
const masked = predict(rough, first);
const stay = async (h: tf.Tensor3D, l: number) => {
  const newest = h.shape[1] - 1;
  const s = await tf.slice(interaction(h, rough.gates[l - 1]!), [0, newest, 0], [1, 1, -1]).data();
  return Array.from(s.keys()).filter((j) => s[j]! > 0 || j === newest);
};
const { logits, sizes } = await decodeWithCache(base, first, { numHeads, stay });
const apart = (a: tf.Tensor, b: tf.Tensor) => read(largestDifference(a, b));
identity("cache-gives-the-masked-logits", await apart(logits, masked.logits), { atMost: 1e-4 });
const living = masked.collected.map((I) => read(tf.sum(tf.slice(I, [0, time - 1], [1, 1]))));
const excess = (await Promise.all(living)).map((n, l) => Math.abs(n - sizes[l]!));
count("cache-holds-what-is-alive", Math.max(...excess), { exactly: 0, unit: "tokens" });
const soft = tf.concat(predict(rough, first, (s) => sparseSigmoid(s, 2)).collected); // [layers, k, j]
const [earlier, later] = [0, 1].map((k) => tf.slice(soft, [0, k], [-1, time - 1]));
identity("alive-only-falls", await read(tf.max(tf.sub(later!, earlier!))), { atMost: 1e-6 });
const own = tf.sum(tf.mul(soft, tf.eye(time)), 2);
identity("nobody-drops-itself", await apart(own, tf.onesLike(own)), { atMost: 1e-6 });
const s = tf.linspace(-0.3, 0.3, 61);
identity("alpha-1-is-the-sigmoid", await apart(sparseSigmoid(s, 1.0001), tf.sigmoid(s)), {
  atMost: 1e-3,
});
const ramp = tf.mul(tf.add(s, 1), 0.5);
identity("alpha-2-is-a-ramp", await apart(sparseSigmoid(s, 2), ramp), { atMost: 1e-5 });
const [slope, h] = [tf.grad((s) => tf.sum(sparseSigmoid(s, 4)))(s), 1e-3];
const [before4, after4] = [-h, h].map((step) => sparseSigmoid(tf.add(s, step), 4));
const difference = tf.div(tf.sub(after4!, before4!), 2 * h);
identity("slope-is-the-difference", await apart(slope, difference), { atMost: 1e-3 });
