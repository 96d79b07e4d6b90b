// %% [markdown]
// ### The problem
// A batch of sentences is as wide as its longest one. The others are filled up with padding, and every
// layer computes on it. **The idea**: pack the tokens that are there into one matrix, once. All that works
// on single rows needs not know. Attention alone is told where sentences begin.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel, paddingMask } from "#lab/attention";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { curve } from "#lab/figure/curve";
import { table } from "#lab/figure/table";
import { packedAttention, packedAttentionShader } from "#lab/kernel/packed-attention";
import { largestDifference, read } from "#lab/metric";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { scale } from "#lab/training";
import { type BlockFunction, initBlock, postNormBlock, throughBlocks } from "#lab/transformer";

// %% [markdown]
// ### Packing
// Sentence $b$ of $B$ has $\ell_b$ tokens, padded to $n$; $V = \sum_b \ell_b$. It begins at packed row
// $\mathrm{batch\_idx}[b] = \sum_{a<b} \ell_a$, an exclusive prefix sum, and packed row $v$ is the padded row
// $\mathrm{word\_idx}[v] = b n + t$.

// %%
/** batch_idx [B + 1] and word_idx [V] of sentences of these lengths, padded to n. */
export function packing(lengths: number[], n: number) {
  const batchIdx = [0];
  for (const length of lengths) batchIdx.push(batchIdx.at(-1)! + length);
  const wordIdx = lengths.flatMap((length, b) => Array.from({ length }, (_, t) => b * n + t));
  return { lengths, n, batchIdx, wordIdx };
}
export type Packing = ReturnType<typeof packing>;

/** The rows that are there, [1, V, k], of X [B, n, k]. */
export const pack = (X: tf.Tensor, { wordIdx }: Packing): tf.Tensor =>
  tf.gather(tf.reshape(X, [1, -1, X.shape[2]!]), tf.tensor1d(wordIdx, "int32"), 1);

/** Packed rows [1, V, k] at their places among zeros: [B, n, k]. */
export function unpack(rows: tf.Tensor, { lengths, n, wordIdx }: Packing): tf.Tensor {
  const from = new Int32Array(lengths.length * n).fill(wordIdx.length); // a row of zeros, put last
  wordIdx.forEach((row, v) => (from[row] = v));
  const all = tf.concat([rows, tf.zeros([1, 1, rows.shape[2]!])], 1);
  return tf.reshape(tf.gather(all, tf.tensor1d(from, "int32"), 1), [lengths.length, n, -1]);
}

// %% [markdown]
// ### Attention within each sentence
// As a loop, with its multiply-adds counted. The lab's `packedAttention` does the same in one launch of the
// WGSL program below (a loop without WebGPU): each thread goes once through the keys of its row's sentence, with
// the largest score so far. Tiles $c$ of scores combine so too: $m = \max_c m_c$, $Z = \sum_c Z_c\, e^{m_c - m}$.

// %%
const done = { rows: 0, attention: 0 }; // multiply-adds that were carried out
const counted: AttentionKernel = (Q, K, V, mask) => {
  done.attention += 2 * Q.size * K.shape[2];
  return attend(Q, K, V, mask);
};
/** Attention for Q, K and V [1, heads, V, d], sentence by sentence. */
export function attendEach({ lengths }: Packing): AttentionKernel {
  return (...QKV) => {
    const [Q, K, V] = QKV.slice(0, 3).map((X) => tf.split<tf.Tensor4D>(X as tf.Tensor, lengths, 2));
    const own = Q!.map((queries, b) => counted(queries, K![b]!, V![b]!));
    return tf.concat4d(own, 2);
  };
}

/** Softmax from tiles of this width, each with its m_c and Z_c. @param scores [rows, keys] */
export function splitSoftmax(scores: tf.Tensor2D, width: number): tf.Tensor {
  const tiles = tf.reshape(scores, [scores.shape[0], -1, width]);
  const mc = tf.max(tiles, 2, true);
  const Zc = tf.sum(tf.exp(tf.sub(tiles, mc)), 2, true);
  const m = tf.max(mc, 1, true);
  const Z = tf.sum(tf.mul(Zc, tf.exp(tf.sub(mc, m))), 1, true);
  return tf.reshape(tf.div(tf.exp(tf.sub(tiles, m)), Z), scores.shape);
}

packedAttentionShader(32);

// %% [markdown]
// ### The same numbers for less work
// Layers of BERT with random weights: padded (**P**), packed but for attention (**K**), and packed (**F**).
// In F, products of rows fall to $\alpha = V / (B n)$ of those in P, attention to $\sum_b \ell_b^2 / (B n^2)$.

// %%
const { B, n, k, numHeads, numLayers, repeats } = scale({
  full: { B: 16, n: 128, k: 128, numHeads: 4, numLayers: 2, repeats: 5 },
  quick: { B: 4, n: 8, k: 16, numHeads: 2, numLayers: 1, repeats: 1 },
});
const draw = random(0);
const blocks = Array.from({ length: numLayers }, () => initBlock(draw, { dModel: k }, 0.1, true));
const matrices = leaves(blocks[0]!).filter(({ tensor }) => tensor.rank === 2);
const block: BlockFunction = (x, ...rest) => {
  for (const { tensor } of matrices) done.rows += (x.size / k) * tensor.size;
  return postNormBlock(x, ...rest);
};
function through(x: tf.Tensor, kernel: AttentionKernel, mask?: tf.Tensor, via = block) {
  const options = { block: via, attention: () => ({ kernel }) };
  return throughBlocks(x, blocks, { numHeads, mask }, options).at(-1)!;
}
const there = (p: Packing) => unpack(tf.ones([1, p.wordIdx.length, 1]), p); // [B, n, 1]
const maskOf = (p: Packing): tf.Tensor => paddingMask(tf.squeeze(there(p), [2]));
/** The rows that are there, [1, V, k], of what the layers make of X [B, n, k]. */
const P = (p: Packing, x = X, mask = maskOf(p)) => pack(through(x, counted, mask), p);
const F = (p: Packing, x = X, kernel = packedAttention(p.batchIdx)) => through(pack(x, p), kernel);
function K(p: Packing) {
  const around: BlockFunction = (x, weights, l, { attention, ...rest }) =>
    block(x, weights, l, { ...rest, attention: (h) => pack(attention(unpack(h, p)), p) });
  return through(pack(X, p), attend, maskOf(p), around);
}
const X = draw.normal([B, n, k]);
const lengthsOf = (share: number) =>
  Array.from({ length: B }, () => Math.min(n, Math.ceil(n * share * (0.5 + draw.next()))));
const p = packing([n, 1, ...lengthsOf(0.5).slice(2)], n);
const own = tf.mul(X, there(p)) as tf.Tensor3D;
const littered: tf.Tensor3D = tf.add(own, tf.mul(1e3, tf.sub(1, there(p))));
const apart = (pair: () => [tf.Tensor, tf.Tensor]) =>
  read(tf.tidy(() => largestDifference(...pair())));
identity("unpack-undoes-pack", await apart(() => [unpack(pack(X, p), p), own]), { atMost: 0 });
count("offsets-count-the-tokens", p.batchIdx.at(-1)! - new Set(p.wordIdx).size, { exactly: 0 });
identity("padding-does-not-matter", await apart(() => [F(p), F(p, littered)]), { atMost: 0 });
const bare = await apart(() => [P(p, littered), P(p, littered, tf.zeros([1]))]);
ordering("without-a-mask-padding-matters", bare, { atLeast: 0.01 });
identity("packed-equals-padded", await apart(() => [F(p), P(p)]), { atMost: 1e-4 });
identity("half-packed-equals-padded", await apart(() => [K(p), P(p)]), { atMost: 1e-4 });
const scores = tf.clipByValue(draw.normal([32, 64], 40), -80, 80) as tf.Tensor2D;
const tiled = await apart(() => [splitSoftmax(scores, 16), tf.softmax(scores)]);
identity("tiles-combine-to-a-softmax", tiled, { atMost: 1e-6 });

// %%
function work(run: () => tf.Tensor) {
  done.rows = done.attention = 0;
  tf.dispose(tf.tidy(run));
  return { ...done };
}
const works = (p: Packing) => [work(() => F(p, X, attendEach(p))), work(() => P(p))] as const;
const [packed, whole] = works(p);
const squares = p.lengths.reduce((sum, length) => sum + length ** 2, 0);
const [rows, attention] = [packed.rows * B * n, packed.attention * B * n * n];
count("row-products-fall-by-alpha", rows - whole.rows * p.wordIdx.length, { exactly: 0 });
count("attention-falls-by-squares", attention - whole.attention * squares, { exactly: 0 });
/** Median times of runs in ms, taken in turn, after two rounds to warm up. */
async function medians(runs: (() => tf.Tensor)[]) {
  const times: number[][] = runs.map(() => []);
  for (let i = -2 * runs.length; i < repeats * runs.length; i++) {
    const [start, which] = [performance.now(), (i + 2 * runs.length) % runs.length];
    await read(tf.tidy(() => tf.sum(runs[which]!())));
    if (i >= 0) times[which]!.push(performance.now() - start);
  }
  return times.map((own) => own.sort((a, b) => a - b)[Math.floor(repeats / 2)]!);
}
const names = ["α", "time of F", "time of K", "multiply-adds of F"];
const points: number[][] = [];
for (const share of [0.3, 0.6, 2]) {
  const p = packing(lengthsOf(share), n);
  const [some, all] = works(p);
  const work = (some.rows + some.attention) / (all.rows + all.attention);
  const [inP, inF, inK] = await medians([() => P(p), () => F(p), () => K(p)]);
  points.push([p.wordIdx.length / (B * n), inF! / inP!, inK! / inP!, work]);
}
const column = (i: number) => points.map((point) => point[i]!);
const lines = names.map((name, i) => ({ name, x: column(0), y: column(i), dashed: i === 3 }));
curve(lines.slice(1), {
  title: "What packing leaves of time and work",
  description: "Shares of the padded pass P by the share of rows that are no padding.",
  x: { label: "α = V / (B n)" },
  y: { label: "share of P" },
});

// %%
const options = ["half as long", "much shorter", "as long"] as const;
const presets = { options, value: options[0], good: options[1], bad: options[2] };
const kind = select({ id: "lengths", label: "The others of the batch are", ...presets });
const length = { "half as long": n / 2, "much shorter": n / 8, "as long": n }[kind];
const [inF, inP] = works(packing([n, ...Array<number>(B - 1).fill(length)], n));
table(
  "Multiply-adds by lengths",
  ["of", "P", "F", "F as a share of P"],
  [
    ["products of rows", inP.rows, inF.rows, inF.rows / inP.rows],
    ["attention", inP.attention, inF.attention, inF.attention / inP.attention],
  ],
);
