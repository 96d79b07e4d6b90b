// %% [markdown]
// ### The problem and the idea
// A model of 200,000 weights learns a task from a few hundred examples. How large a change is needed?
// Let all weights move, but only within a random subspace of $d$ dimensions. The smallest $d$ that
// gives 90 % of the accuracy of full fine-tuning, $d_{90}$, is the task's **intrinsic dimension**.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { curve } from "#lab/figure/curve";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters, leaves, type Parameters, replace } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { average, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { classify, initVisionTransformer, type VisionTransformer as ViT } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// $P$ takes $d$ numbers to all $D$ weights (**DID**). In **SAID** $m$ of them scale the $m$ tensors:
// $$\theta^D = \theta_0^D + P(\theta^d), \qquad \theta^D_i = \theta^D_{0,i} + \lambda_i\,P(\theta^{d-m})_i.$$
// A dense $P$ holds $D\,d$ numbers. Fastfood holds $3L$, with $L \geq D$ a power of two:
// $$P(x) = \tfrac1c\,(H\,G\,\Pi\,H\,B\,x)_{1..D}, \qquad c^2 = D\,\textstyle\sum_i G_{ii}^2.$$
// Zeros fill $x$ up, $B$ has random signs, $\Pi$ permutes, $G$ is Gaussian, $H$ Walsh-Hadamard's.

// %%
/** P: signs B and Gaussian G, diagonals [L]; Π and Πᵀ as orders [L]; c; how many weights D it moves. */
export type Fastfood = Record<"B" | "G" | "Pi" | "PiT", tf.Tensor1D> & { c: tf.Tensor; D: number };
/** B, G and Π drawn for D weights. */
export function drawFastfood(random: Random, D: number): Fastfood {
  const L = 2 ** Math.ceil(Math.log2(D));
  const [B, G] = [tf.sign(random.uniform([L], -1)), random.normal([L]) as tf.Tensor1D];
  const order = random.permutation(L);
  const back = Int32Array.from(order.keys()).sort((i, j) => order[i]! - order[j]!);
  const [Pi, PiT] = [order, back].map((places) => tf.tensor1d(places, "int32"));
  return { B, G, Pi: Pi!, PiT: PiT!, c: tf.mul(tf.norm(G), Math.sqrt(D)), D };
}
/** H [n, n], unnormalised, by Sylvester's doubling. */
export function hadamard(n: number): tf.Tensor2D {
  if (n === 1) return tf.ones([1, 1]);
  const H = hadamard(n / 2);
  return tf.concat([tf.concat([H, H], 1), tf.concat([H, tf.neg(H)], 1)]);
}
const H8 = hadamard(8); // H_4 and H_2 are its corners
/** H x [L]. H_L is a product H_8 ⊗ H_8 ⊗ …; each step applies one factor to the first axis. */
export function walshHadamard(x: tf.Tensor): tf.Tensor1D {
  let y = x;
  for (let left = x.size; left > 1; left /= 8) {
    const n = Math.min(left, 8);
    y = tf.matMul(tf.reshape(y, [n, -1]), tf.slice(H8, [0, 0], [n, n]), true); // [L / n, n]
  }
  return tf.reshape(y, [x.size]);
}
/** P(x) [D] of x [d]. */
export function project(x: tf.Tensor1D, { B, G, Pi, PiT, c, D }: Fastfood): tf.Tensor1D {
  const HBx = walshHadamard(tf.mul(B, tf.pad(x, [[0, B.size - x.size]])));
  const toHBx = (g: tf.Tensor) => tf.gather(g, PiT); // a gather's own gradient sums, in any order
  const permute = tf.customGrad((v) => ({ value: tf.gather(v as tf.Tensor, Pi), gradFunc: toHBx }));
  const y = walshHadamard(tf.mul(G, permute(HBx))); // H G Π H B x [L]
  return tf.div(tf.slice(y, 0, D), c);
}
/** What is trained: θ^d [d] of DID; θ^(d-m) [d - m] and λ [m] of SAID. */
export type Coordinates = { theta: tf.Tensor1D; lambda?: tf.Tensor1D };
/** Where d numbers start: θ^d = 0, or, with scales of m tensors, θ^(d-m) = 0 and λ = 1. */
export const origin = (d: number, m = 0): Coordinates =>
  m ? { theta: tf.zeros([d - m]), lambda: tf.ones([m]) } : { theta: tf.zeros([d]) };
/** θ₀ + P(θ^d), or θ₀ᵢ + λᵢ P(θ^(d-m))ᵢ. */
export function moved<M extends Parameters>(theta0: M, at: Coordinates, P: Fastfood): M {
  const tensors = leaves(theta0).map(({ tensor }) => tensor);
  const sizes = tensors.map(({ size }) => size);
  const lambda = tf.unstack(at.lambda ?? tf.ones([sizes.length]));
  const moves = tf.split(project(at.theta, P), sizes).map((y, i) => tf.mul(lambda[i]!, y));
  const after = tensors.map((old, i) => tf.add(old, tf.reshape(moves[i]!, old.shape)));
  return replace(theta0, after);
}

// %% [markdown]
// ### Is a digit odd?
// `tiny-vit` reads digits. Its new head is in the subspace too, as is all of an untrained twin.

// %%
const { steps, batchSize, tests, seeds, numLayers } = scale({
  full: { steps: 40, batchSize: 16, tests: 500, seeds: [0, 1], numLayers: 4 },
  quick: { steps: 1, batchSize: 1, tests: 4, seeds: [0], numLayers: 0 },
});
const { train: images, test } = await digits();
const first = (count: number) => imagesAt(test, [...Array(count).keys()]);
const shape = { imageSize: 28, channels: 1, patchSize: 7, dModel: 64, numLayers, classes: 2 };
const pooling = "class token";
const drawn = initVisionTransformer(random(7), { ...shape, pooling }, "uniform fan-in");
const vit = (await pretrained("tiny-vit")) as ViT;
const base = { ...vit, blocks: vit.blocks.slice(0, numLayers), head: drawn.head };
const maps = seeds.map((seed) => drawFastfood(random(seed), countParameters(base)));
const P = maps[0]!;
const logits = (model: ViT, { images, count }: LabelledImages) =>
  classify(model, tf.tensor4d(images, [count, 28, 28, 1]), { patchSize: 7, numHeads: 4 });
const odd = ({ labels }: LabelledImages) => tf.cast(tf.mod(labels, 2), "int32");
const loss = (model: ViT, set: LabelledImages) => crossEntropy(logits(model, set), odd(set));
const right = (model: ViT, set = first(tests)) => accuracy(logits(model, set), odd(set));
const xs = [1, 2, 3, 4, 5].map((seed) => random(seed).normal([32]) as tf.Tensor1D);
const off = xs.map((x) => read(tf.abs(tf.sub(tf.div(tf.norm(project(x, P)), tf.norm(x)), 1))));
identity("lengths-are-kept", Math.max(...(await Promise.all(off))), { atMost: 0.1 });
const [x, y] = [xs[0]!, xs[1]!];
const [Px, Py, Psum] = [x, y, tf.add(x, y)].map((v) => project(v as tf.Tensor1D, P));
const apart = tf.div(tf.norm(tf.sub(Psum!, tf.add(Px!, Py!))), tf.norm(Psum!));
identity("the-map-is-linear", await read(apart), { atMost: 1e-4 });
const still = await read(tf.sum(tf.cast(tf.equal(Px!, 0), "float32")));
count("every-weight-can-move", still, { exactly: 0, unit: "weights that stay" });
const [did, said, few] = [origin(32), origin(128, leaves(base).length), first(4)];
const surplus = [countParameters(did) - 32, countParameters(said) - 128];
count("trains-d-numbers-in-all", Math.max(...surplus), { exactly: 0, unit: "numbers too many" });
const starts = [did, said].map((start) => logits(moved(base, start, P), few));
const ends = starts.map((start) => read(largestDifference(start, logits(base, few))));
identity("starts-as-the-base-model", Math.max(...(await Promise.all(ends))), { atMost: 1e-5 });
const at = (theta: tf.Tensor) => loss(moved(base, { theta: theta as tf.Tensor1D }, P), few);
const slope = (await read(tf.sub(at(tf.mul(x, 0.02)), at(tf.mul(x, -0.02))))) / 0.04;
const gap = (await read(tf.sum(tf.mul(tf.grad(at)(did.theta), x)))) - slope;
identity("the-gradient-is-the-adjoint", Math.abs(gap / (slope || 1)), { atMost: 0.02 });

// %%
async function tune<T extends Parameters>(start: T, learningRate: number, model: (now: T) => ViT) {
  const optimiser = { learningRate: cosine({ learningRate, warmup: 0, steps }) };
  const batch = (step: number) => randomImages(images, random(step), batchSize);
  const descend = (now: T, step: number) => loss(model(now), batch(step));
  const how = { parameters: start, loss: descend, stage: `${countParameters(start)} numbers` };
  const { parameters: end } = await train({ steps, optimiser, ...how });
  return read(tf.tidy(() => right(model(end))));
}
async function within(model: ViT, d: number, by = maps): Promise<number[]> {
  const accuracies: number[] = [];
  for (const P of by) accuracies.push(await tune(origin(d), 1, (at) => moved(model, at, P)));
  return accuracies;
}
const full = await tune(base, 1e-3, (model) => model);
const [tuned8, tuned32] = [await within(base, 8), await within(base, 32)];
const [fresh8, fresh32] = [await within(drawn, 8), await within(drawn, 32)];
ordering("32-numbers-nearly-do", average(tuned32.map((a) => a / full)), { atLeast: 0.88 });
const gain = (tuned: number[], fresh: number[]) => average(tuned.map((a, i) => a - fresh[i]!));
ordering("pre-training-helps-at-32", gain(tuned32, fresh32), { atLeast: 0.05 });
ordering("pre-training-helps-at-8", gain(tuned8, fresh8), { atLeast: 0.05 });

// %%
const range = { min: 1, max: 9, step: 1, value: 7, good: 7, bad: 1 };
const d = 2 ** slider({ id: "power", label: "d, as a power of two", ...range });
const lines = [
  { name: "pre-trained", x: [8, 32], y: [mean(tuned8), mean(tuned32)] },
  { name: "not pre-trained", x: [8, 32], y: [mean(fresh8), mean(fresh32)] },
  { name: "90 % of full tuning", x: [2, 512], y: [0.9 * full, 0.9 * full], dashed: true },
  { name: `pre-trained, d = ${d}`, x: [d], y: await within(base, d, [P]) },
];
curve(lines, {
  title: "How many numbers must be trained?",
  description: "Pre-trained, 32 numbers come to the line and 128 pass it; untrained, 32 do not.",
  x: { label: "trained numbers d", log: true },
  y: { label: "accuracy (share of images)" },
});
