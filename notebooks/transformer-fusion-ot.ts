// %% [markdown]
// **The problem**: transformers trained apart find much the same features, but in another order; the
// average of their weights (vanilla fusion, VF) mixes what does not belong together. **The idea**: find
// for each neuron of B its like in A by **optimal transport**, rewrite A in B's order, then average.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { selfAttention } from "#lab/attention";
import { identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { bars } from "#lab/figure/bars";
import { layerNorm, linear } from "#lab/layer";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { scale, train } from "#lab/training";
import { feedForward } from "#lab/transformer";
import * as vit from "#lab/vit";

// %% [markdown]
// With $a_i$ the standardised outputs of a layer's neuron $i$ on the same images, before a nonlinearity,
// $M_{ij} = \lVert a^A_i - a^B_j \rVert_2$ over its maximum; a map, hard for $\epsilon = 0$ (EMD) or soft, is
// $$ T = n\, \arg\min_{T^\star} \langle T^\star, M \rangle - \epsilon H(T^\star), \qquad T^\star \mathbf 1 = T^{\star\top} \mathbf 1 = \tfrac1n \mathbf 1. $$
// A layer $x W + b$ of A becomes $x\, T_\text{in}^\top W\, T + b\, T$. Where a branch is added to the
// residual stream, the maps of both are averaged; those of queries and keys go no further.

// %%
/** n diag(u) K diag(v) [n, n] with K = exp(-M / ε), whose rows and columns sum to 1: float64. */
export function sinkhorn(M: number[][], epsilon: number, iterations = 300): number[][] {
  const K = M.map((row) => row.map((cost) => Math.exp(-cost / epsilon)));
  let [u, v] = [M.map(() => 1), M.map(() => 1)];
  for (let k = 0; k < iterations; k++) {
    v = v.map((_, j) => 1 / K.reduce((sum, row, i) => sum + row[j]! * u[i]!, 0));
    u = K.map((row) => 1 / row.reduce((sum, each, j) => sum + each * v[j]!, 0));
  }
  return K.map((row, i) => row.map((each, j) => u[i]! * each * v[j]!));
}
/** The permutation [n, n] of least cost, to within n times `bid` (Bertsekas' auction): EMD. */
export function permutation(M: number[][], bid = 1e-5): number[][] {
  const [prices, owners, waiting] = [M.map(() => 0), M.map(() => -1), [...M.keys()]];
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    const costs = M[i]!.map((cost, j) => cost + prices[j]!);
    const [least, second] = [...costs].sort((a, b) => a - b) as [number, number];
    const j = costs.indexOf(least);
    prices[j]! += second - least + bid;
    if (owners[j]! >= 0) waiting.push(owners[j]!);
    owners[j] = i;
  }
  return M.map((row, i) => row.map((_, j) => +(owners[j] === i)));
}
/** M [n, n] of outputs a, b [..., n]: the distances of standardised columns, over their maximum. */
export function groundCost(a: tf.Tensor, b: tf.Tensor): tf.Tensor2D {
  const [p, q] = [a, b].map((x) => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
    const centred = tf.sub(rows, tf.mean(rows, 0));
    return tf.div(centred, tf.add(tf.sqrt(tf.mean(tf.square(centred), 0)), 1e-9));
  });
  const M = tf.sqrt(tf.sum(tf.squaredDifference(tf.expandDims(p!, 2), tf.expandDims(q!, 1)), 0));
  return tf.div(M, tf.max(M));
}
type Model = vit.VisionTransformer;
type Maps = Record<string, tf.Tensor>; // by the path of a layer
const sizes = { patchSize: 2, numHeads: 4 };
/** The outputs [..., n] of all linear layers but the head, before nonlinearities, by path. */
export function outputs(model: Model, images: tf.Tensor4D): Maps {
  const found: Maps = { positions: model.positions };
  found["patch.weight"] = linear(vit.patchify(images, 2), model.patch.weight, model.patch.bias);
  const { residuals } = vit.traceVision(model, images, sizes);
  for (const [l, { norm1, attention: A, norm2, feedForward: F }] of model.blocks.entries()) {
    const h = layerNorm(residuals[l]!, norm1);
    for (const name of ["query", "key", "value"] as const)
      found[`blocks.${l}.attention.${name}`] = linear(h, A[name], A.biases![name]);
    const mixed = (found[`blocks.${l}.attention.output`] = selfAttention(h, A, sizes));
    const g = layerNorm(tf.add(residuals[l]!, mixed), norm2);
    found[`blocks.${l}.feedForward.hidden`] = linear(g, F.hidden, F.biases!.hidden);
    found[`blocks.${l}.feedForward.output`] = feedForward(g, F);
  }
  return found;
}
/** The maps T [n, n] from A's neurons to B's: hard for ε = 0, soft for more. */
export async function maps(A: Model, B: Model, images: tf.Tensor4D, epsilon: number) {
  const [a, b, T]: [Maps, Maps, Maps] = [outputs(A, images), outputs(B, images), {}];
  for (const path of Object.keys(a)) {
    const M = await tf.tidy(() => groundCost(a[path]!, b[path]!)).array();
    T[path] = tf.tensor2d(epsilon ? sinkhorn(M, epsilon) : permutation(M));
  }
  return T;
}
/** A in B's order: Tinᵀ W T and b T of all layers, g T of all norms. */
export function align(A: Model, T: Maps): Model {
  const S = [tf.div(tf.add(T["patch.weight"]!, T["positions"]!), 2)]; // of the stream, at each place
  for (const path in T) if (/output$/.test(path)) S.push(tf.div(tf.add(S.at(-1)!, T[path]!), 2));
  return mapParameters(A, (W, path) => {
    const [, l, part] = /^blocks.(\d+).(norm2|feedForward)?/.exec(path) ?? [];
    const stream = S.at(l ? 2 * Number(l) + (part ? 1 : 0) : -1)!;
    const before = path.replace("n.output", "n.value").replace("d.output", "d.hidden");
    const into = before === path ? stream : T[before]; // W_O reads values, the last layer hidden ones
    const read = W.rank === 1 || /^p/.test(path) ? W : tf.matMul(into!, W, true); // not biases, inputs
    const own = T[path.replace("biases.", "").replace("bias", "weight")]; // none for the classes
    const out = path.includes("norm") ? stream : own;
    return out ? tf.reshape(tf.dot(read, out), W.shape) : read;
  });
}
/** (1 - α) A + α B. */
export const fuse = (A: Model, B: Model, alpha = 0.5): Model =>
  mapParameters(A, (W, path) => tf.add(tf.mul(W, 1 - alpha), tf.mul(flatten(B)[path]!, alpha)));

// %%
const [dModel, numLayers, steps, few] = scale({ full: [48, 2, 300, 60], quick: [8, 1, 1, 1] });
const { train: known, test } = await digits({ side: 8 });
const pixels = ({ images, count }: LabelledImages) => tf.tensor4d(images, [count, 8, 8, 1]);
const logits = (model: Model, x: tf.Tensor4D) => vit.classify(model, x, sizes);
const seen = pixels(imagesAt(known, [...Array(few).keys()])); // what outputs are compared on
const heldOut = imagesAt(test, [...Array(8 * few).keys()]);
const [X, Y] = [pixels(heldOut), tf.tensor1d(heldOut.labels, "int32")];
const score = (model: Model) => read(accuracy(logits(model, X), Y));
async function learn(start: Model, steps: number, rate: number, seed: number) {
  const loss = (model: Model, step: number) => {
    const batch = randomImages(known, random(1000 * seed + step), few > 1 ? 32 : 1);
    return crossEntropy(logits(model, pixels(batch)), tf.tensor1d(batch.labels, "int32"));
  };
  const learningRate = (step: number) => rate * Math.min((step + 1) / 30, 1 - step / steps);
  const how = { steps, optimiser: { learningRate, clip: 1 }, stage: `seed ${seed}` };
  return (await train({ ...how, parameters: start, loss })).parameters;
}
const shape = { imageSize: 8, channels: 1, patchSize: 2, dModel, numLayers, classes: 10 };
const start = (seed: number) =>
  vit.initVisionTransformer(random(seed), { ...shape, dFf: 2 * dModel, pooling: "mean" }, 0.1);
const [A, B] = [await learn(start(1), steps, 5e-3, 1), await learn(start(2), steps, 5e-3, 2)];
const fused = async (a: Model, b: Model, e: number) => fuse(align(a, await maps(a, b, seen, e)), b);
const other = (n: number) => Array.from({ length: n }, (_, i) => ((i + n / 4) % n) ^ 1);
const P = outputs(A, seen); // and now maps in their places
for (const path in P)
  P[path] = tf.gather(tf.eye(P[path]!.shape.at(-1)!), other(P[path]!.shape.at(-1)!));
const copy = align(A, P); // A itself, with heads and neurons in another order
const apart = (a: Model, b: Model) => read(largestDifference(logits(a, X), logits(b, X)));
identity("a-permuted-copy-is-the-same-model", await apart(A, copy), { atMost: 1e-4 });
identity("emd-recovers-the-copy", await apart(await fused(A, copy, 0), copy), { atMost: 1e-4 });
ordering("vanilla-fusion-loses-the-copy", await score(fuse(A, copy)), { atMost: 0.5 });
const soft = await maps(A, B, seen, 0.08);
const off = tf.sub(tf.concat(Object.values(soft).flatMap((T) => [tf.sum(T, 0), tf.sum(T, 1)])), 1);
identity("rows-and-columns-sum-to-one", await read(tf.max(tf.abs(off))), { atMost: 1e-3 });
const [VF, EMD, OT] = [fuse(A, B), await fused(A, B, 0), fuse(align(A, soft), B)];
const [vf, emd, ot] = [await score(VF), await score(EMD), await score(OT)];
ordering("beats-vanilla-fusion-at-once", ot - vf, { atLeast: 0.25 });
ordering("soft-is-as-good-as-hard", ot - emd, { atLeast: -0.02 });
const tuned = async (model: Model) => score(await learn(model, Math.ceil(steps / 14), 5e-4, 3));
ordering("beats-it-after-tuning", (await tuned(OT)) - (await tuned(VF)), { atLeast: 0.03 });

// %%
const range = { min: 0.01, max: 0.3, step: 0.01, value: 0.04, good: 0.04, bad: 0.3 };
const epsilon = slider({ id: "epsilon", label: "Softness ε of the maps", ...range });
const values = await Promise.all([A, B, VF, EMD, OT, await fused(A, B, epsilon)].map(score));
bars(["A", "B", "VF", "EMD", "ε 0.08", `ε ${epsilon}`], [{ name: "before tuning", values }], {
  title: "Two parents and their fusions",
  description: "Vanilla fusion guesses; with neurons matched, much more is left.",
  x: { label: "parents, and ways to fuse them" },
  y: { label: "accuracy on held-out digits (0 to 1)" },
});
