// %% [markdown]
// ### The problem
// Dozens of attentions claim to be nearly as good as softmax and far cheaper, each on tasks of its own. **The
// idea:** one suite of tasks of different kinds, one encoder, one recipe; only the attention changes.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel } from "#lab/attention";
import { identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { listOps } from "#lab/dataset/list-ops";
import { sequenceSuite, suiteShape } from "#lab/dataset/sequence-suite";
import { scatter } from "#lab/figure/scatter";
import { bytesTaken } from "#lab/memory";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { orthogonalRows, performerExponent, performerFeatures } from "#lab/performer";
import { random } from "#lab/random";
import * as sequence from "#lab/sequence-classifier";
import { scale, train } from "#lab/training";

// %% [markdown]
// ### Five attentions
// **Softmax** compares all pairs of $n$ tokens, **local** those within blocks of $b$. **Linformer** mixes the
// *positions* of keys and values down to $m$ by a learned $E$. The last two put $\phi(q)^\top \phi(k)$ for
// $\exp(q^\top k)$, so that the sum over keys is made once:
// $$
// o_i = \frac{\phi(q_i) \sum_j \phi(k_j)^\top v_j}{\phi(q_i) \sum_j \phi(k_j)^\top},
// $$
// with $\phi(x) = 1 + \mathrm{ELU}(x)$, or $e^{\Omega x - \lVert x \rVert^2 / 2} / \sqrt m$ in **Performer**.

// %%
type Heads = tf.Tensor4D; // [batch, heads, time, features]
/** Softmax within blocks of b tokens; b divides the time. */
export function local(Q: Heads, K: Heads, V: Heads, b: number): Heads {
  const blocks = (x: Heads): Heads => tf.reshape(x, [-1, x.shape[2] / b, b, x.shape[3]]);
  return tf.reshape(attend(blocks(Q), blocks(K), blocks(V)), Q.shape);
}
/** Softmax over m mixtures of the positions, by E [m, time]. */
export function linformer(Q: Heads, K: Heads, V: Heads, E: tf.Tensor2D): Heads {
  return attend(Q, tf.matMul(E, K) as Heads, tf.matMul(E, V) as Heads);
}
/** Σ_j φ(k_j)ᵀ v_j first, then what each query takes of it, from φ(q) and φ(k). */
export function factorised(phiQ: tf.Tensor, phiK: tf.Tensor, V: Heads): Heads {
  const normaliser = tf.matMul(phiQ, tf.sum(phiK, 2, true), false, true); // [batch, heads, time, 1]
  return tf.div(tf.matMul(phiQ, tf.matMul(phiK, V, true)), normaliser);
}
export const linearPhi = (x: Heads): tf.Tensor => tf.add(1, tf.elu(x));

// %% [markdown]
// ### The arena
// Two blocks of width 32 read the class at the first token. *Needle*: among 48 random symbols stands one of 8
// keys, anywhere in the last three quarters; which? *Pixels*: which digit is it, given 64 pixels in a row?

// %%
const [batchSize, tested, numLayers] = scale({ full: [16, 250, 2], quick: [1, 2, 1] });
const steps = scale({ full: { needle: 110, pixels: 50 }, quick: { needle: 1, pixels: 0 } });
const [numHeads, width] = [4, 16]; // width: b of local, m of Linformer
const tasks = await sequenceSuite();
const omega = await orthogonalRows(random(3), 32, 8); // Ω
const phi = (x: Heads, axes: number[]) => performerFeatures(x, omega, axes);
const arms: Record<string, (E: tf.Tensor2D) => AttentionKernel> = {
  softmax: () => attend,
  local: () => (Q, K, V) => local(Q, K, V, width),
  Linformer: (E) => (Q, K, V) => linformer(Q, K, V, E),
  linear: () => (Q, K, V) => factorised(linearPhi(Q), linearPhi(K), V),
  Performer: () => (Q, K, V) => factorised(phi(Q, [3]), phi(K, [2, 3]), V),
};
const names = Object.keys(arms);
const sizes = { ...suiteShape, dModel: 32, dFf: 64, numLayers };
const init = (time: number) => ({
  encoder: sequence.initSequenceClassifier(random(1), { ...sizes, time }),
  // Of Linformer alone:
  E: [10, 11].slice(0, numLayers).map((l) => random(l).normal([width, time], time ** -0.5)),
});
type Model = ReturnType<typeof init>;
/** Logits [batch, 10] from embedded sequences x [batch, time, dModel]. */
const classify = ({ encoder, E }: Model, x: tf.Tensor, arm: string) => {
  const attention = (l: number) => ({ kernel: arms[arm]!(E[l - 1]!) });
  return sequence.classifySequences(encoder, x, numHeads, { attention, readAt: "first" });
};
async function score(task: keyof typeof tasks, arm: string): Promise<number> {
  const test = tasks[task](0, tested);
  const logits = (model: Model, tokens: tf.Tensor2D) =>
    classify(model, sequence.embedSequences(model.encoder, tokens), arm);
  const { parameters } = await train({
    ...{ parameters: init(test.tokens.shape[1]), steps: steps[task], stage: `${task}, ${arm}` },
    optimiser: { learningRate: (n) => 4e-3 * Math.min(1, (n + 1) / 10), clip: 1 },
    trains: arm === "Linformer" ? "**" : "encoder.**",
    loss: (model, n) => {
      const { tokens, labels } = tasks[task](n + 1, batchSize);
      return crossEntropy(logits(model, tokens), labels);
    },
  });
  return read(tf.tidy(() => accuracy(logits(parameters, test.tokens), test.labels)));
}
const found: Record<string, number> = {}; // accuracy at the needle
const seen: Record<string, number> = {}; // at pixels
for (const arm of names) found[arm] = await score("needle", arm);
for (const arm of names) seen[arm] = await score("pixels", arm);
const best = (by: Record<string, number>) => names.reduce((a, b) => (by[b]! > by[a]! ? b : a));
ordering("softmax-finds-the-needle", found.softmax!, { atLeast: 0.9 });
ordering("local-is-blind-for-the-needle", found.local!, { atMost: 0.25 });
ordering("linformer-misses-the-needle", found.Linformer!, { atMost: 0.3 });
ordering("linformer-leads-on-pixels", seen.Linformer! - seen.softmax!, { atLeast: 0.1 });
const lost = seen[best(seen)]! - seen[best(found)]!;
ordering("the-needle-winner-loses-on-pixels", lost, { atLeast: 0.1 });

// %%
const [short, long] = scale({ full: [256, 1024], quick: [32, 128] });
const range = { min: 64, max: 1024, step: 64, value: 1024, good: 1024, bad: 64 };
const n = slider({ id: "n", label: "Tokens n", ...range });
/** Bytes that attention takes beside Q, K and V, at most. */
function bytes(arm: string, time: number): number {
  const [Q, E] = [random(1).normal([1, 4, time, 8]), random(2).normal([width, time])];
  return bytesTaken(() => void arms[arm]!(E)(Q, Q, Q));
}
const power = (arm: string) =>
  Math.log(bytes(arm, long) / bytes(arm, short)) / Math.log(long / short);
const [growth, ...others] = names.map(power);
trend("softmax-memory-grows-with-the-square", growth!, { between: [1.9, 2.1] });
trend("the-others-grow-linearly", Math.max(...others), { atMost: 1.1 });
const mean = (arm: string) => (found[arm]! + seen[arm]!) / 2;
const points = names.map((label) => ({ label, x: bytes(label, n) / 1e6, y: mean(label) }));
scatter([{ name: "an attention", points }], {
  title: "Accuracy against memory of five attentions",
  description: "One point for each attention: none is best on both axes.",
  x: { label: `memory of attention at n = ${n} (MB, log scale)`, log: true },
  y: { label: "mean accuracy of the two tasks" },
  better: { x: "low", y: "high" },
});

// %% [markdown]
// ### Checks
// The attentions in their limits; and ListOps, a task of the suite, answered by a constant.

// %%
const [Q, K, V] = random(4).normal([3, 1, 4, 32, 8]).unstack() as [Heads, Heads, Heads];
const agree = async (id: string, a: tf.Tensor, b: tf.Tensor, atMost: number) =>
  identity(id, await read(largestDifference(a, b)), { atMost });
await agree("one-block-is-softmax", local(Q, K, V, 32), attend(Q, K, V), 1e-5);
await agree("no-mixing-is-softmax", linformer(Q, K, V, tf.eye(32)), attend(Q, K, V), 1e-5);
const products = tf.matMul(linearPhi(Q), linearPhi(K), false, true); // [1, heads, time, time]
const quadratic = tf.matMul(tf.div(products, tf.sum(products, -1, true)), V);
const linear = factorised(linearPhi(Q), linearPhi(K), V);
await agree("factorised-is-quadratic", linear, quadratic, 1e-5);
const pair = random(5).normal([2, 1, 4, 2, 8]); // of queries and keys of length 1
const [q, k] = tf.unstack(tf.div(pair, tf.norm(pair, 2, -1, true)));
const directions = await orthogonalRows(random(100), scale({ full: 51_200, quick: 3_072 }), 8);
const exponents = tf.add(performerExponent(q!, directions), performerExponent(k!, directions));
const kernel = tf.exp(tf.div(tf.sum(tf.mul(q!, k!), -1), 8 ** 0.5));
const ratio = tf.div(tf.mean(tf.exp(exponents), -1), kernel);
await agree("performer-is-right-on-average", ratio, tf.onesLike(ratio), 0.05);
const model = init(48);
const x = sequence.embedSequences(model.encoder, tasks.needle(9, 2).tokens);
const gradient = tf.grad((x) => tf.sum(tf.square(classify(model, x, "local"))))(x);
const beyond = await read(tf.max(tf.abs(tf.slice(gradient, [0, width]))));
identity("local-sees-its-block-alone", beyond, { exactly: 0 });
const [answers, draw] = [new Int32Array(10), random(6)];
for (let i = 0; i < 4000; i++) answers[listOps(draw).answer]!++;
trend("a-constant-answers-listops", Math.max(...answers) / 4000, { between: [0.155, 0.185] });
