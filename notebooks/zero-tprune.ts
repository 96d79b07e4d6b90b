// %% [markdown]
// ### The problem
// A vision transformer cuts an image into patches, and each becomes a token that every layer works on,
// background or not. Dropping tokens saves time; the question is *which*, without training.
// **Zero-TPrune** asks the attention matrices, which are there anyway: a token matters when tokens
// that matter attend to it. That is PageRank with attention for links.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { blockCost } from "#lab/cost";
import { cluttered } from "#lab/dataset/corruption";
import { digits, imagesAt } from "#lab/dataset/digits";
import { bars } from "#lab/figure/bars";
import { accuracy, largestDifference, read } from "#lab/metric";
import { random } from "#lab/random";
import { mean } from "#lab/statistics";
import { scale } from "#lab/training";
import { type BlockFunction, preNormBlock } from "#lab/transformer";
import { classify, type VisionTransformer } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The vote
// $A \in \mathbb R^{N \times N}$ are a head's weights; rows sum to 1; token 0 is the class token. All
// start with the same vote, the class token with $\sqrt N$ times as much, and hand it on:
// $$
// s^{(t)} = A^\top s^{(t-1)}, \qquad s_i = \sqrt{\frac{\sum_h \eta_h (s_i^{(h)})^2}{\sum_h \eta_h}},
// \qquad \eta_h = \mathbb 1\big[0.01 \le \mathrm{Var}(N s^{(h)}) \le 0.7\big].
// $$
// Heads that tell no token from another, or see but one, are left out. **I'-S-I**: after one vote
// (I'), S removes the $r_S$ tokens of the lower half whose key has the largest cosine with one of the
// upper half. The others vote again, with their part of $A$, and I removes the last $r_I$.

// %%
/** s of each head [batch, heads, N] after some votes, from A [batch, heads, N, N]. */
export function pageRank(A: tf.Tensor4D, votes: number, boost = 1): tf.Tensor3D {
  const [batch, heads, N] = A.shape;
  const start = tf.concat([tf.fill([1], boost / N), tf.fill([N - 1], 1 / N)]);
  let s: tf.Tensor = tf.mul(tf.ones([batch, heads, 1, 1]), start); // [batch, heads, 1, N]
  for (let t = 0; t < votes; t++) s = tf.matMul(s, A); // (Aᵀ s)ᵀ
  return tf.reshape(s, [batch, heads, N]);
}
/** The importance of tokens [batch, N]: the root mean square over heads that are not left out. */
export function combine(s: tf.Tensor3D): tf.Tensor2D {
  const { variance } = tf.moments(tf.mul(s, s.shape[2]), 2, true); // [batch, heads, 1]
  const passes = tf.logicalAnd(tf.greaterEqual(variance, 0.01), tf.lessEqual(variance, 0.7));
  const chosen = tf.where(passes, tf.onesLike(variance), tf.zerosLike(variance));
  const eta = tf.add(chosen, tf.sub(1, tf.minimum(tf.sum(chosen, 1, true), 1))); // all for none
  return tf.sqrt(tf.div(tf.sum(tf.mul(eta, tf.square(s)), 1), tf.sum(eta, 1)));
}
/** Entries of x [batch, N, …] at places [batch, M]: [batch, M, …]. */
export const take = <T extends tf.Tensor>(x: T, places: tf.Tensor2D) => tf.gather(x, places, 1, 1);
/** Places [batch, M] of the M most important tokens, the class token first, whatever its s. */
export function top(s: tf.Tensor2D, M: number): tf.Tensor2D {
  const always = tf.fill([s.shape[0], 1], 1e9);
  return tf.topk(tf.concat([always, tf.slice(s, [0, 1])], 1), M).indices as tf.Tensor2D;
}
/** S: places [batch, N - r] without r of the lower half that have a like in the upper half. */
export function distinct(s: tf.Tensor2D, keys: tf.Tensor3D, r: number): tf.Tensor2D {
  const [N, half] = [s.shape[1], Math.floor((s.shape[1] - 1) / 2)];
  const order = top(s, N);
  const [upper, lower] = [tf.slice(order, [0, 1], [-1, half]), tf.slice(order, [0, half + 1])];
  const unit = tf.div<tf.Tensor3D>(keys, tf.norm(keys, 2, -1, true));
  const cosines = tf.matMul(take(unit, lower), take(unit, upper), false, true);
  const stay = tf.topk(tf.neg(tf.max(cosines, -1)), N - 1 - half - r).indices as tf.Tensor2D;
  return tf.concat([tf.slice(order, [0, 0], [-1, half + 1]), take(lower, stay)], 1);
}
/** A among the tokens that stay [batch, heads, M, M], its rows made to sum to 1. */
export function restrict(A: tf.Tensor4D, places: tf.Tensor2D): tf.Tensor4D {
  const left = tf.gather(tf.gather(A, places, 2, 1), places, 3, 1);
  return tf.div(left, tf.sum(left, -1, true));
}
/** I'-S-I: places [batch, N - rS - rI] of what stays, from A and K [batch, heads, N, dHead]. */
export function prune(A: tf.Tensor4D, K: tf.Tensor4D, rS: number, rI: number, votes: number) {
  const boost = Math.sqrt(A.shape[3]);
  const kept = distinct(combine(pageRank(A, 1, boost)), tf.mean(K, 1), rS);
  const s = combine(pageRank(restrict(A, kept), votes, boost));
  return take(kept, top(s, A.shape[3] - rS - rI));
}
const draw = random(1);
const scores = tf.sub(draw.normal([2, 4, 12, 12]), tf.oneHot([0], 12, 9, 0, "float32")); // few see 0
const [A, K] = [tf.softmax(scores) as tf.Tensor4D, draw.normal([2, 4, 12, 6]) as tf.Tensor4D];
const part = restrict(A, top(combine(pageRank(A, 1)), 8));
const sums = tf.concat([A, part].map((a) => tf.sum(pageRank(a, 9), -1)));
const apart = (a: tf.Tensor, b: tf.Tensor) => read(largestDifference(a, b));
identity("no-vote-is-lost", await apart(sums, tf.onesLike(sums)), { atMost: 1e-5 });
identity("one-vote-is-a-column-mean", await apart(pageRank(A, 1), tf.mean(A, 2)), { atMost: 1e-6 });
identity("votes-settle", await apart(pageRank(A, 101), pageRank(A, 100)), { atMost: 1e-5 });
const first = tf.slice(prune(A, K, 3, 4, 5), 0, [-1, 1]); // place 0 in each image
count("the-class-token-stays", await read(tf.sum(first)), { exactly: 0, unit: "places away" });

// %% [markdown]
// ### A small digit in clutter
// `tiny-vit-clutter` has 49 patches, a class token and four blocks. A plan says how many tokens go
// after which block.

// %%
type Plan = { [block: number]: number };
const all: Plan[] = [{ 1: 24 }, { 1: 14, 2: 10 }, { 2: 24 }, { 2: 33 }, { 2: 14, 3: 10 }];
const [size, plans] = scale({ full: [240, all] as const, quick: [2, all.slice(1, 2)] as const });
const model = (await pretrained("tiny-vit-clutter")) as VisionTransformer;
const { test } = await digits({ side: 14 });
const set = cluttered(imagesAt(test, [...Array(size).keys()]), random(99));
const [images, labels] = [tf.tensor4d(set.images, [size, 28, 28, 1]), tf.tensor1d(set.labels)];
type Keep = (A: tf.Tensor4D, K: tf.Tensor4D, r: number, l: number) => tf.Tensor2D;
let MACs = 0; // of the blocks that were run, per image
/** Logits [batch, 10] without the tokens that go after the blocks of a plan. */
function logits(plan: Plan, keep: Keep, some = images): tf.Tensor2D {
  let [A, K]: tf.Tensor4D[] = [];
  const [weights, keys] = [(a: tf.Tensor4D) => void (A = a), (k: tf.Tensor4D) => void (K = k)];
  const block: BlockFunction = (x, parameters, l, subLayers) => {
    MACs += blockCost({ batchSize: 1, time: x.shape[1]!, dModel: 48 }).flops / 2;
    const y = preNormBlock(x, parameters, l, subLayers);
    return l in plan ? take(y, keep(A!, K!, plan[l]!, l)) : y;
  };
  const options = { block, attention: () => ({ hooks: { weights, keys } }) };
  return classify(model, some, { patchSize: 4, numHeads: 4 }, options);
}
const votes = [0, 30, 10, 5, 1]; // after blocks 1 to 4
const arms = {
  "I'-S-I": (A, K, r, l) => prune(A, K, Math.floor(r / 2), Math.ceil(r / 2), votes[l]!),
  "I only": (A, K, r, l) => prune(A, K, 0, r, votes[l]!),
  "S only": (A, K, r) => prune(A, K, r, 0, 1),
  reversed: (A, _K, r, l) => top(tf.neg(combine(pageRank(A, votes[l]!))), A.shape[3] - r),
  random: (A, _K, r) => top(draw.uniform([A.shape[0], A.shape[3]]), A.shape[3] - r),
} satisfies Record<string, Keep>;
const kept = await apart(logits({ 1: 0, 3: 0 }, arms["I'-S-I"]), logits({}, arms.random));
identity("pruning-nothing-changes-nothing", kept, { atMost: 1e-5 });
MACs = 0;
logits({ 1: 14, 2: 10 }, arms["I'-S-I"]);
const planned = [50, 36, 26, 26].map((N) => 12 * N * 48 ** 2 + 2 * N ** 2 * 48);
count("costs-what-the-plan-says", MACs - 4 * mean(planned), { exactly: 0, unit: "MACs" });
const right = (arm: keyof typeof arms, plan: Plan) =>
  read(tf.tidy(() => accuracy(logits(plan, arms[arm]), tf.cast(labels, "int32"))));
const shares = (arm: keyof typeof arms) => Promise.all(plans.map((plan) => right(arm, plan)));
const both = await shares("I'-S-I");
const [I, reversed] = [await shares("I only"), await shares("reversed")];
const drawn = [await shares("random"), await shares("random"), await shares("random")];
const chance = plans.map((_, plan) => mean(drawn.map((one) => one[plan]!)));
ordering("beats-random-pruning", mean(both) - mean(chance), { atLeast: 0.06 });
const gap = Math.max(...reversed.map((share, plan) => share - chance[plan]!));
ordering("the-reverse-is-worse-than-chance", gap, { atMost: 0 });
ordering("both-stages-are-no-worse", mean(both) - mean(I), { atLeast: -0.01 });
const loss = (await right("random", {})) - (await right("S only", { 2: 24 }));
ordering("half-can-go-after-block-2", loss, { atMost: 0.03 });

// %%
const options = Object.keys(arms) as (keyof typeof arms)[];
const preset = { options, value: "I'-S-I", good: "I'-S-I", bad: "reversed" } as const;
const by = select({ id: "by", label: "Choose tokens by", ...preset });
const chosen = { name: by, values: await shares(by) };
const names = plans.map((plan) => String(Object.entries(plan).map(([l, r]) => `${r}@${l}`)));
bars(names, [chosen, { name: "random", values: chance }], {
  title: "Accuracy with fewer tokens",
  description: "Pruning by the vote loses little of the accuracy; random pruning loses much.",
  x: { label: "tokens removed @ after block" },
  y: { label: "share of images read rightly" },
});
