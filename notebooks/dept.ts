// %% [markdown]
// ### The problem
// Prompt tuning puts $l$ trained vectors before every input and leaves the model alone. Each of them
// goes through all layers, for each input. **The idea:** spend the same number of parameters on a
// shorter prompt, and on a low-rank matrix that is *added* to the embeddings of the input. Adding
// costs nothing. What is added depends on the position, not on the word.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { languageModelCost } from "#lab/cost";
import { type Skill, skillBatch, skillTokens } from "#lab/dataset/skills";
import { bars } from "#lab/figure/bars";
import { scatter } from "#lab/figure/scatter";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type LanguageModel, trace } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// For an input of $s$ positions with embeddings $W_i \in \mathbb R^{s \times d}$, prompt tuning reads
// $[P; W_i]$ with $P \in \mathbb R^{l \times d}$. DePT reads
// $$
// [\,P_s\,;\ W_i + \alpha_r A B\,], \qquad P_s \in \mathbb R^{m \times d}, \quad
// A \in \mathbb R^{s \times r}, \quad B \in \mathbb R^{r \times d},
// $$
// where $m\,d + (s + d)\,r \le l\,d$. At first $B = 0$. The prompt is trained at a larger rate than $A$
// and $B$. Our model adds learned positions to its words, so $A B$ is added to those: the sum is the same.

// %%
/** What is trained: a prompt [m, d], and the factors A [s, r] and B [r, d] of what is added to the input. */
export type Dept = { prompt?: tf.Tensor2D; A?: tf.Tensor2D; B?: tf.Tensor2D };

/** r from the budget of l prompt tokens: the largest with m d + (s + d) r ≤ l d. */
export const rankFor = (l: number, m: number, s: number, d: number): number =>
  Math.floor(((l - m) * d) / (s + d));

/** A prompt of m words that the model knows, A from U(±1/√r), B = 0; what has no size is left out. */
export function initDept(draw: Random, model: LanguageModel, m: number, s: number, r: number) {
  const [d, bound] = [model.tokens.shape[1], 1 / Math.sqrt(r)];
  const words = tf.tensor1d(draw.integers(m, skillTokens.symbols), "int32");
  const factors = { A: draw.uniform([s, r], -bound, bound), B: tf.zeros<tf.Rank.R2>([r, d]) };
  return { ...(m > 0 && { prompt: tf.gather(model.tokens, words) }), ...(r > 0 && factors) };
}

/** The frozen model that adds α A B to the first s positions. */
export function withOffset(model: LanguageModel, { A, B }: Dept, alpha = 1): LanguageModel {
  if (!A || !B) return model;
  const offset = tf.mul(tf.matMul(A, B), alpha); // [s, d]
  const addTo = (rows: tf.Tensor2D): tf.Tensor2D => {
    const below: [number, number] = [0, rows.shape[0] - A.shape[0]];
    return tf.add(rows, tf.pad(offset, [below, [0, 0]]));
  };
  return { ...model, positions: addTo(model.positions) };
}

// %% [markdown]
// ### The experiment
// `tiny-instruct` does what a word before five symbols says: reverse them, sort them, add 3 and the like. Here
// two random words that it has never seen stand in the word's place, so that only what is trained can say it.

// %%
const named: Skill[] = scale({ full: ["reverse", "sort up", "add 3"], quick: ["reverse"] });
const [steps, batchSize, tested] = scale({ full: [60, 16, 200], quick: [1, 1, 2] });
const model = (await pretrained("tiny-instruct")) as LanguageModel;
const [l, m, s, d, numHeads] = [20, 10, 9, model.tokens.shape[1], 4]; // s: all but the answers
const r = rankFor(l, m, s, d);
/** What the model answers to inputs that ask for one skill, and the right answers [batch, 5]. */
function answer({ prompt, ...factors }: Dept, only: Skill, seed: number, size: number) {
  const { inputs, answers, time } = skillBatch(random(seed), size, { only });
  const tokens = tf.tensor2d(inputs, [size, time], "int32");
  const { logits, residuals } = trace(withOffset(model, factors), tokens, numHeads, { prompt });
  const own = tf.slice(logits, [0, time - 5, 0], [-1, 5, -1]); // [batch, 5, vocabSize]
  return { logits: own, answers: tf.tensor2d(answers, [size, 5], "int32"), stream: residuals[0]! };
}
function score(metric: typeof accuracy, ...asked: Parameters<typeof answer>) {
  const { logits, answers } = answer(...asked);
  return metric(logits, answers);
}
/** The share of right answers of one skill after training on it. */
async function tune(parameters: Dept, only: Skill, stage: string) {
  const optimiser = { learningRate: cosine({ learningRate: 0.1, warmup: 0, steps }) };
  const treatment = (path: string) => ({ learningRate: path === "prompt" ? 1 : 0.1 }); // A and B: 0.01
  const loss = (now: Dept, step: number) => score(crossEntropy, now, only, 1000 + step, batchSize);
  const trained = await train({ parameters, steps, stage, optimiser, treatment, loss });
  return read(tf.tidy(() => score(accuracy, trained.parameters, only, 1, tested)));
}
const start = (m: number, r: number) => initDept(random(1), model, m, s, r);
const arms = {
  "prompt tuning": start(l, 0),
  DePT: start(m, r),
  "short prompt alone": start(m, 0),
  "AB alone": start(0, 16),
};
/** FLOPs of reading one sequence of 13 tokens behind a prompt. */
const flops = (prompt: number) =>
  languageModelCost({ vocabSize: 48, time: 13 + prompt, dModel: d, numLayers: 4 }).flops;
const results: { name: string; x: number; y: number }[] = [];
for (const [name, start] of Object.entries<Dept>(arms)) {
  const shares: number[] = []; // of right answers, for each skill
  for (const skill of named) shares.push(await tune(start, skill, `${name}, ${skill}`));
  results.push({ name, x: flops(start.prompt?.shape[0] ?? 0) / 1e6, y: mean(shares) });
}
const gain = results[1]!.y - results[0]!.y; // of DePT over prompt tuning
ordering("better-than-prompt-tuning", gain, { atLeast: 0.03, unit: "of the answers" });
ordering("no-worse-than-prompt-tuning", gain, { atLeast: -0.03, unit: "of the answers" });
const series = results.map(({ name, ...point }) => ({ name, points: [point] }));
scatter(series, {
  title: "Accuracy against the cost of a sequence, at equal parameters",
  description: "All end near each other; what is added alone, without a prompt, is cheapest.",
  x: { label: "cost of one sequence (MFLOPs)" },
  y: { label: "right answers (share)" },
  better: { x: "low", y: "high" },
});

// %% [markdown]
// ### Where the parameters go
// The shorter the prompt, the larger the rank that the same budget pays for, and the fewer tokens are read.

// %%
const lengths = { min: 0, max: 20, step: 1, value: 10, good: 10, bad: 20 };
const shorter = slider({ id: "m", label: "Length m of the prompt", ...lengths });
const rank = rankFor(l, shorter, s, d);
const sizes = { "prompt P_s": shorter * d, A: s * rank, B: rank * d };
const saved = Math.round(100 * (1 - flops(shorter) / flops(l)));
const name = `m = ${shorter}, r = ${rank}: ${saved} % fewer FLOPs`;
bars(Object.keys(sizes), [{ name, values: Object.values(sizes) }], {
  title: "What is trained, within the budget of 20 prompt tokens",
  description: "The numbers in the prompt, in A and in B for the chosen length.",
  x: { label: "part" },
  y: { label: "trained numbers" },
});

// %% [markdown]
// ### Checks

// %%
const paper = { 40: 45, 60: 30, 80: 15 }; // its r for each m, for l = 100, s = 256, d = 768
const off = Object.entries(paper).map(([m, r]) => Number(m) * 768 + (256 + 768) * r - 100 * 768);
const most = Math.max(...off.map(Math.abs));
count("the-paper-spends-its-budget", most, { exactly: 0, unit: "parameters" });
count("the-budget-is-kept", countParameters(arms.DePT) - l * d, { atMost: 0, unit: "parameters" });
count("a-fifth-of-the-flops-is-saved", 1 - flops(m) / flops(l), { atLeast: 0.2 });
const reads = (trained: Dept, seed: number) => answer(trained, "copy", seed, 1);
const [fresh, short] = [reads(arms.DePT, 5), reads({ prompt: arms.DePT.prompt }, 5)];
const gap = await read(largestDifference(fresh.logits, short.logits));
identity("starts-as-the-short-prompt", gap, { atMost: 1e-5, unit: "in a logit" });
const moved = { ...arms.DePT, B: random(3).normal([r, d]) };
const added = (seed: number) => tf.sub(reads(moved, seed).stream, reads(arms.DePT, seed).stream);
const apart = await read(largestDifference(added(5), added(6)));
identity("the-same-is-added-to-every-input", apart, { atMost: 1e-5, unit: "in an embedding" });
const [prompt, , answers] = tf.split(added(5), [m, s, -1], 1);
const besides = tf.max(tf.abs(tf.concat([prompt!, answers!], 1)));
identity("prompt-and-answers-stay", await read(besides), { exactly: 0 });
