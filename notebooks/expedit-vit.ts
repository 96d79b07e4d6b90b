// %% [markdown]
// ### The problem
// Segmentation needs an answer for every pixel: a vision transformer can't just drop tokens. But
// neighbours say nearly the same. **Expedit** clusters the tokens after a few blocks, runs the others on
// the clusters, and mixes for every token an answer from those that it was *like*. Nothing is trained.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { blockCost } from "#lab/cost";
import { scenes } from "#lab/dataset/scenes";
import { curve } from "#lab/figure/curve";
import { largestDifference, read } from "#lab/metric";
import { random } from "#lab/random";
import { meanIntersectionOverUnion, segment } from "#lab/segmentation";
import { scale } from "#lab/training";
import { type BlockFunction, preNormBlock } from "#lab/transformer";
import { traceVision, type VisionTransformer } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// Tokens $Z_p$ lie on a grid $H \times H$, centres $S_i$ on one of $h \times h$, where they start as the
// averages of cells. $\mathcal N_p$ are the centres in a window around the cell of $p$. Five times,
// $$
// Q_{pi} = \frac{\exp(-\tau \|Z_p - S_i\|^2)}{\sum_{j \in \mathcal N_p} \exp(-\tau \|Z_p - S_j\|^2)},
// \qquad S_i \leftarrow \frac{\sum_p Q_{pi} Z_p}{\sum_p Q_{pi}}.
// $$
// Blocks turn $S$ into $\hat S$. With $w_{pi} = \exp(-\tau \|Z_p - S_i\|^2)$ for the $k$ nearest centres,
// else 0, and $Z$, $S$ from *before* these blocks, $\hat Z_p = \sum_i w_{pi} \hat S_i / \sum_i w_{pi}$.

// %%
export type Tokens = tf.Tensor3D;
/** ‖Z_p - S_i‖² [batch, N, M] of Z [batch, N, C] and S [batch, M, C]. */
export function distances(Z: Tokens, S: Tokens): Tokens {
  const [z, s] = [tf.sum(tf.square(Z), 2, true), tf.expandDims(tf.sum(tf.square(S), 2), 1)];
  return tf.relu(tf.sub(tf.add(z, s), tf.mul(2, tf.matMul(Z, S, false, true))));
}
const upTo = (n: number) => [...Array(n).keys()];
/** A matrix [h², H²]: 1 where f(i, y) and f(j, x) for centre (i, j) and token (y, x), else 0. */
function onGrids(h: number, H: number, f: (i: number, y: number) => boolean): tf.Tensor2D {
  const both = (i: number, p: number) => f(Math.floor(i / h), Math.floor(p / H)) && f(i % h, p % H);
  return tf.tensor2d(upTo(h * h).map((i) => upTo(H * H).map((p) => +both(i, p))));
}
/** Averages of cells [batch, h², C] of Z [batch, H², C]; cells overlap where h does not divide H. */
export function pool(Z: Tokens, h: number): Tokens {
  const H = Math.sqrt(Z.shape[1]);
  const cells = onGrids(h, H, (i, y) => y >= Math.floor((i * H) / h) && y < ((i + 1) * H) / h);
  return tf.matMul(tf.expandDims(tf.div(cells, tf.sum(cells, 1, true)), 0), Z);
}
export type Clusters = { h: number; tau: number; window?: number; iterations?: number; k?: number };
/** The centres S [batch, h², C] of tokens Z [batch, H², C]. */
export function cluster(Z: Tokens, { h, tau, window = 5, iterations = 5 }: Clusters) {
  const H = Math.sqrt(Z.shape[1]);
  const home = (y: number) => Math.floor((y * h) / H);
  const near = tf.transpose(onGrids(h, H, (i, y) => 2 * Math.abs(home(y) - i) < window)); // [N, M]
  let S = pool(Z, h);
  for (let t = 0; t < iterations; t++) {
    const scores = tf.add(tf.mul(-tau, distances(Z, S)), tf.mul(1e9, tf.sub(near, 1)));
    const Q = tf.softmax(scores) as Tokens; // [batch, N, M]
    S = tf.div(tf.matMul(Q, Z, true), tf.expandDims(tf.sum(Q, 1), 2));
  }
  return S;
}
/** Ẑ [batch, H², C] from Ŝ [batch, h², C], and from Z and S as they were when S was made of Z. */
export function reconstruct(SHat: Tokens, Z: Tokens, S: Tokens, how: Clusters) {
  const D = distances(Z, S);
  const { values } = tf.topk(tf.neg(D), Math.min(how.k ?? 20, S.shape[1]));
  const beyond = tf.step(tf.add(D, tf.min(values, 2, true))); // 1 where D is above the k-th
  const w = tf.softmax(tf.sub(tf.mul(-how.tau, D), tf.mul(1e9, beyond))); // rows sum to 1
  return tf.matMul(w, SHat) as Tokens;
}
const Z = tf.concat([random(1).normal([2, 64, 7]), tf.ones([2, 64, 1])], 2) as Tokens;
const every = { h: 8, tau: 1, window: 1, k: 1 }; // as many centres as tokens
const itself = reconstruct(cluster(Z, every), Z, cluster(Z, every), every);
const apart = await read(largestDifference(itself, Z));
identity("a-cluster-each-changes-nothing", apart, { atMost: 1e-5 });
const S = cluster(Z, { h: 8, tau: 0.3 });
const last = tf.slice(reconstruct(S, Z, S, { h: 8, tau: 0.3 }), [0, 0, 7]); // of Z's constant feature
const off = await read(tf.max(tf.abs(tf.sub(last, 1))));
identity("a-constant-stays-the-same", off, { atMost: 1e-5 });

// %% [markdown]
// ### Scenes of discs and squares
// `tiny-seg` has five blocks; clusters come after block $\alpha$, $\tau = 6 / \mathrm{median} \|Z_p -
// Z_q\|^2$. The rival averages cells, and interpolates between the averages.

// %%
const [size, hs] = scale<[number, number[]]>({ full: [32, [8, 6]], quick: [1, [8]] });
const model = (await pretrained("tiny-seg")) as VisionTransformer;
const { images, classes } = scenes(random(77), size);
const [pixels, sizes] = [tf.tensor4d(images, [size, 32, 32, 1]), { patchSize: 2, numHeads: 4 }];
/** Intersection over union in the mean of three kinds of pixels; and of objects and background. */
async function score(block: BlockFunction): Promise<[number, number]> {
  const all = tf.tidy(() => tf.argMax(segment(model, pixels, sizes, { block }), -1));
  const found = await all.data<"int32">();
  const [a, b] = [found, classes].map((kinds) => kinds.map((kind) => Math.min(kind, 1)));
  return [meanIntersectionOverUnion(found, classes, 3), meanIntersectionOverUnion(a!, b!, 2)];
}
let MACs = 0; // of the blocks that were run, per image
type Up = (SHat: Tokens, Z: Tokens, S: Tokens) => Tokens;
/** The pass in which all blocks after block α run on fewer tokens. */
function fewer(alpha: number, down: (Z: Tokens) => Tokens, up: Up): BlockFunction {
  let [Z, S]: Tokens[] = [];
  return (x, block, l, subLayers) => {
    if (l === alpha + 1) x = S = down((Z = x as Tokens));
    MACs += blockCost({ batchSize: 1, time: x.shape[1]!, dModel: 40 }).flops / 2;
    const y = preNormBlock(x, block, l, subLayers) as Tokens;
    return l === 5 ? up(y, Z!, S!) : y;
  };
}
const medians: number[] = []; // of blocks 0 to 5, on one image
for (const Z of traceVision(model, tf.slice(pixels, 0, 1), sizes).residuals as Tokens[])
  medians.push((await distances(Z, Z).data()).sort()[256 ** 2 / 2]!);
const clusters = (alpha: number, h: number, c = 6) => {
  const how = { h, tau: c / medians[alpha]! };
  const up: Up = (SHat, Z, S) => reconstruct(SHat, Z, S, how);
  return fewer(alpha, (Z) => cluster(Z, how), up);
};
const averages = (alpha: number, h: number) => {
  const grid = (S: Tokens) => tf.reshape(S, [-1, h, h, 40]) as tf.Tensor4D;
  const large = (S: Tokens) => tf.image.resizeBilinear(grid(S), [16, 16], false, true);
  const up: Up = (S, Z) => tf.reshape(large(S), Z.shape);
  return fewer(alpha, (Z) => pool(Z, h), up);
};
await score(clusters(1, 8));
const cost = (N: number) => 12 * N * 40 ** 2 + 2 * N ** 2 * 40;
count("costs-what-its-tokens-cost", MACs - cost(256) - 4 * cost(64), { exactly: 0, unit: "MACs" });
const all = (pass: typeof averages) =>
  Promise.all(hs.flatMap((h) => [1, 2, 3].map((alpha) => score(pass(alpha, h)))));
const [ours, rival, whole] = [await all(clusters), await all(averages), await score(preNormBlock)];
const loss = (at: number) => Math.max(...ours.map((one) => whole[at]! - one[at]!));
ordering("keeps-the-kinds", loss(0), { atMost: 0.02, unit: "mIoU" });
ordering("keeps-the-outlines", loss(1), { atMost: 0.02, unit: "mIoU" });
const lead = (at: number) => Math.min(...ours.map((one, i) => one[at]! - rival[i]![at]!));
ordering("beats-averages-in-kinds", lead(0), { atLeast: 0.02, unit: "mIoU" });
ordering("beats-averages-in-outlines", lead(1), { atLeast: 0.02, unit: "mIoU" });
const uniform = await score(clusters(1, 8, 0));
ordering("similarity-matters", ours[0]![0]! - uniform[0], { atLeast: 0.03, unit: "mIoU" });
const later = ours.map(([kinds], i) => (i % 3 ? kinds - ours[i - 1]![0] : 0)); // α after α - 1
ordering("later-is-as-good", Math.min(...later), { atLeast: -0.005, unit: "mIoU" });

// %%
const range = { min: 0, max: 12, step: 1, value: 6, good: 6, bad: 0 };
const c = slider({ id: "c", label: "Sharpness c of similarity", ...range });
const x = scale({ full: [16, 36, 64, 144], quick: [64] });
const outlines = (pass: (h: number) => BlockFunction) =>
  Promise.all(x.map(async (M) => (await score(pass(Math.sqrt(M))))[1]));
const lines = [
  { name: "clusters", x, y: await outlines((h) => clusters(1, h, c)) },
  { name: "averages", x, y: await outlines((h) => averages(1, h)) },
  { name: "all 256 tokens", x, y: x.map(() => whole[1]), dashed: true },
];
curve(lines, {
  title: "Outlines from fewer tokens",
  description: "Clusters come close to all 256 tokens; averages of cells stay below them.",
  x: { label: "tokens after block 1" },
  y: { label: "mIoU of objects and background" },
});
