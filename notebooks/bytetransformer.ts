// %% [markdown]
// ### The problem
// A batch is as wide as its longest sentence, and every layer computes on the padding of the others.
// **The idea**: pack the tokens into one matrix, once. Only attention must know where sentences begin.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel, type AttentionOptions, paddingMask } from "#lab/attention";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { curve } from "#lab/figure/curve";
import { table } from "#lab/figure/table";
import { packedAttention, packedAttentionShader } from "#lab/kernel/packed-attention";
import { largestDifference, read } from "#lab/metric";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { scale } from "#lab/training";
import { initBlock, postNormBlock, throughBlocks } from "#lab/transformer";

// %% [markdown]
// ### Packing
// Sentence $b$ of $B$ has $\ell_b$ tokens, padded to $n$; $V = \sum_b \ell_b$. It begins at packed row
// $\mathrm{batch\_idx}[b] = \sum_{a<b} \ell_a$; packed row $v$ is padded row $\mathrm{word\_idx}[v] = b n + t$.

// %%
/** batch_idx [B + 1] and word_idx [V] of sentences of these lengths, padded to n. */
export function packing(lengths: number[], n: number) {
  const batchIdx = lengths.reduce((starts, length) => [...starts, starts.at(-1)! + length], [0]);
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
// A loop, counted. On WebGPU the lab's `packedAttention` is one launch of the program below, with a running
// maximum $m$. Tiles $c$ combine so too: $m = \max_c m_c$, $Z = \sum_c Z_c\, e^{m_c - m}$.

// %%
const done = { rows: 0, pairs: 0 }; // multiply-adds carried out: on rows, and on pairs of rows
const counted: AttentionKernel = (Q, K, V, mask) => {
  done.pairs += 2 * Q.size * K.shape[2];
  return attend(Q, K, V, mask);
};
/** Attention for Q, K and V [1, heads, V, d], sentence by sentence. */
export function attendEach({ lengths, batchIdx: at }: Packing): AttentionKernel {
  return (Q, K, V) => {
    const of = (X: tf.Tensor4D, b: number) => tf.slice(X, [0, 0, at[b]!], [-1, -1, lengths[b]!]);
    const own = lengths.map((_, b) => counted(of(Q, b), of(K, b), of(V, b)));
    return tf.concat(own, 2);
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
const matrices = leaves(blocks).filter(({ tensor }) => tensor.rank === 2);
const X: tf.Tensor = draw.normal([B, n, k]);
const lengthsOf = (share: number) =>
  Array.from({ length: B }, () => Math.min(n, Math.ceil(n * share * (0.5 + draw.next()))));
const p = packing([n, 1, ...lengthsOf(0.5).slice(2)], n);
function bert(x: tf.Tensor, given: Partial<AttentionOptions>, block = postNormBlock) {
  for (const { tensor } of matrices) done.rows += (x.size / k) * tensor.size;
  const options = { block, attention: () => given };
  return tf.tidy(() => throughBlocks(x, blocks, { numHeads }, options).at(-1)!);
}
const there = (p: Packing) => unpack(tf.ones([1, p.wordIdx.length, 1]), p); // [B, n, 1]
const maskOf = (p: Packing): tf.Tensor => paddingMask(tf.squeeze(there(p), [2]));
/** The rows that are there, [1, V, k], of what the layers make of X [B, n, k]. */
const P = (p: Packing, x = X, mask = maskOf(p)) => pack(bert(x, { kernel: counted, mask }), p);
const F = (p: Packing, x = X, kernel = packedAttention(p.batchIdx)) => bert(pack(x, p), { kernel });
const K = (p: Packing) =>
  bert(pack(X, p), { mask: maskOf(p) }, (x, weights, l, { attention, ...rest }) =>
    postNormBlock(x, weights, l, { ...rest, attention: (h) => pack(attention(unpack(h, p)), p) }),
  );
const own = tf.mul(X, there(p));
const littered = tf.add(own, tf.mul(1e3, tf.sub(1, there(p))));
const apart = (a: tf.Tensor, b: tf.Tensor) => read(largestDifference(a, b));
identity("unpack-undoes-pack", await apart(unpack(pack(X, p), p), own), { atMost: 0 });
count("offsets-count-the-tokens", p.batchIdx.at(-1)! - new Set(p.wordIdx).size, { exactly: 0 });
identity("padding-does-not-matter", await apart(F(p), F(p, littered)), { atMost: 0 });
const bare = await apart(P(p, littered), P(p, littered, tf.zeros([1])));
ordering("without-a-mask-padding-matters", bare, { atLeast: 0.01 });
identity("packed-equals-padded", await apart(F(p), P(p)), { atMost: 1e-4 });
identity("half-packed-equals-padded", await apart(K(p), P(p)), { atMost: 1e-4 });
const scores = tf.clipByValue(draw.normal([32, 64], 40), -80, 80) as tf.Tensor2D;
const tiled = await apart(splitSoftmax(scores, 16), tf.softmax(scores));
identity("tiles-combine-to-a-softmax", tiled, { atMost: 1e-6 });

// %%
function work(run: () => tf.Tensor) {
  done.rows = done.pairs = 0;
  tf.dispose(tf.tidy(run));
  return { ...done };
}
const works = (p: Packing) => [work(() => F(p, X, attendEach(p))), work(() => P(p))] as const;
const [inF, inP] = works(p);
const squares = p.lengths.reduce((sum, length) => sum + length ** 2, 0);
count("row-products-fall-by-alpha", inF.rows * B * n - inP.rows * p.wordIdx.length, { exactly: 0 });
count("attention-falls-by-squares", inF.pairs * B * n * n - inP.pairs * squares, { exactly: 0 });
const names = ["α", "time of F", "time of K", "multiply-adds of F"];
const points: number[][] = []; // these four of each batch
for (const share of [0.3, 0.6, 2]) {
  const p = packing(lengthsOf(share), n);
  const times: number[][] = [[], [], []]; // of P, F and K in ms, taken in turn
  for (let i = 0; i < 3 * (2 + repeats); i++) {
    const start = performance.now();
    await read(tf.tidy(() => tf.sum([P, F, K][i % 3]!(p))));
    if (i >= 3 * 2) times[i % 3]!.push(performance.now() - start); // two rounds warm up
  }
  const [tP, tF, tK] = times.map((own) => own.sort((a, b) => a - b)[Math.floor(repeats / 2)]!);
  const [some, all] = works(p).map(({ rows, pairs }) => rows + pairs);
  points.push([p.wordIdx.length / (B * n), tF! / tP!, tK! / tP!, some! / all!]);
}
const column = (i: number) => points.map((point) => point[i]!);
const lines = names.map((name, i) => ({ name, x: column(0), y: column(i), dashed: i === 3 }));
const title = "What packing leaves of time and work";
const description = "Shares of the padded pass P by the share of rows that are no padding.";
const [x, y] = [{ label: "α = V / (B n)" }, { label: "share of P" }];
curve(lines.slice(1), { title, description, x, y });

// %%
const options = ["half as long", "much shorter", "as long"] as const;
const presets = { options, value: options[0], good: options[1], bad: options[2] };
const kind = select({ id: "lengths", label: "The others of the batch are", ...presets });
const length = { "half as long": n / 2, "much shorter": n / 8, "as long": n }[kind];
const [packed, padded] = works(packing([n, ...Array<number>(B - 1).fill(length)], n));
const ofRows = ["products of rows", padded.rows, packed.rows, packed.rows / padded.rows];
const ofPairs = ["attention", padded.pairs, packed.pairs, packed.pairs / padded.pairs];
table("Multiply-adds by lengths", ["of", "P", "F", "F as a share of P"], [ofRows, ofPairs]);
