// %% [markdown]
// ### The problem
// Prompt tuning puts $l$ trained vectors before every input and leaves the model alone. Each of them goes
// through all layers, for each input, in training and after. **The idea:** spend the same number of parameters
// on a shorter prompt, and on a low-rank matrix that is *added* to the embeddings of the input. Adding costs
// nothing. What is added depends on the position, not on the word.

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
// where $m\,d + (s + d)\,r \le l\,d$. At first $B = 0$. The prompt is trained at a larger rate than $A$ and $B$.
// Our model adds learned positions to its words, so $A B$ is added to those: the sum is the same.

// %%
/** What is trained: a prompt [m, d], and the factors A [s, r] and B [r, d] of what is added to the input. */
export type Dept = { prompt?: tf.Tensor2D; A?: tf.Tensor2D; B?: tf.Tensor2D };

/** r from the budget of l prompt tokens: the largest with m d + (s + d) r ≤ l d. */
export const rankFor = (l: number, m: number, s: number, d: number): number =>
  Math.floor(((l - m) * d) / (s + d));

/** A prompt of words that the model knows, A from U(±1/√r), B = 0. */
export function initDept(
  draw: Random,
  { tokens }: LanguageModel,
  m: number,
  s: number,
  r: number,
): Dept {
  const [d, bound] = [tokens.shape[1], 1 / Math.sqrt(r)];
  const words = Array.from(draw.integers(m, skillTokens.symbols));
  const factors = {
    A: draw.uniform([s, r], -bound, bound) as tf.Tensor2D,
    B: tf.zeros([r, d]) as tf.Tensor2D,
  };
  const prompt = tf.gather(tokens, tf.tensor1d(words, "int32"));
  return { ...(m > 0 && { prompt }), ...(r > 0 && factors) };
}

/** The frozen model that adds α A B to the first s positions. */
export function withOffset(model: LanguageModel, { A, B }: Dept, alpha = 1): LanguageModel {
  if (!A || !B) return model;
  const offset = tf.mul(tf.matMul(A, B), alpha); // [s, d]
  const padded = (rows: number) =>
    tf.pad(offset, [
      [0, rows - A.shape[0]],
      [0, 0],
    ]);
  return { ...model, positions: tf.add(model.positions, padded(model.positions.shape[0])) };
}

// %% [markdown]
// ### The experiment
// `tiny-instruct` does what a word before five symbols says: reverse them, sort them, add 3 and the like. Here
// two random words that it has never seen stand in the word's place, so that only what is trained can say it.

// %%
const { steps, batchSize, tested, named } = scale({
  full: {
    steps: 60,
    batchSize: 16,
    tested: 200,
    named: ["reverse", "sort up", "add 3"] as Skill[],
  },
  quick: { steps: 1, batchSize: 1, tested: 2, named: ["reverse"] as Skill[] },
});
const model = (await pretrained("tiny-instruct")) as LanguageModel;
const [l, m, s, d, numHeads] = [20, 10, 9, model.tokens.shape[1], 4]; // s: begin, 2 words, 5 symbols, separator
const r = rankFor(l, m, s, d);
function answer(trained: Dept, only: Skill, seed: number, size: number) {
  const { inputs, answers, time } = skillBatch(random(seed), size, { only });
  const tokens = tf.tensor2d(inputs, [size, time], "int32");
  const { prompt } = trained;
  const { logits, residuals } = trace(withOffset(model, trained), tokens, numHeads, { prompt });
  const own = tf.slice(logits, [0, time - 5, 0], [-1, 5, -1]); // [batch, 5, vocabSize]
  return { logits: own, answers: tf.tensor2d(answers, [size, 5], "int32"), stream: residuals[0]! };
}
async function tune(start: Dept, only: Skill, stage: string): Promise<number> {
  const { parameters } = await train({
    ...{ parameters: start, steps, stage: `${stage}, ${only}` },
    optimiser: { learningRate: cosine({ learningRate: 0.1, warmup: 0, steps }) },
    treatment: (path) => ({ learningRate: path === "prompt" ? 1 : 0.1 }), // A and B: 0.01
    loss: (trained, step) => {
      const { logits, answers } = answer(trained, only, 1000 + step, batchSize);
      return crossEntropy(logits, answers);
    },
  });
  return read(
    tf.tidy(() => {
      const { logits, answers } = answer(parameters, only, 1, tested);
      return accuracy(logits, answers);
    }),
  );
}
const start = (m: number, r: number) => initDept(random(1), model, m, s, r);
const arms = {
  "prompt tuning": start(l, 0),
  DePT: start(m, r),
  "short prompt alone": start(m, 0),
  "AB alone": start(0, 16),
};
type Arm = keyof typeof arms;
/** FLOPs of reading one sequence of 13 tokens behind a prompt. */
const flops = (prompt: number) =>
  languageModelCost({ vocabSize: 48, time: 13 + prompt, dModel: d, numLayers: 4 }).flops;
const scores: Record<Arm, number[]> = {
  "prompt tuning": [],
  DePT: [],
  "short prompt alone": [],
  "AB alone": [],
};
for (const [name, start] of Object.entries(arms) as [Arm, Dept][])
  for (const skill of named) scores[name].push(await tune(start, skill, name));
const [ours, theirs] = [mean(scores.DePT), mean(scores["prompt tuning"])];
ordering("better-than-prompt-tuning", ours - theirs, { atLeast: 0.03, unit: "of the answers" });
ordering("no-worse-than-prompt-tuning", ours - theirs, { atLeast: -0.03, unit: "of the answers" });
const points = (name: Arm) => ({
  name,
  points: [{ x: flops(arms[name].prompt?.shape[0] ?? 0) / 1e6, y: mean(scores[name]) }],
});
scatter((Object.keys(arms) as Arm[]).map(points), {
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
const shorter = slider({
  id: "m",
  label: "Length m of the prompt",
  min: 0,
  max: 20,
  step: 1,
  value: 10,
  good: 10,
  bad: 20,
});
const rank = rankFor(l, shorter, s, d);
const sizes = { "prompt P_s": shorter * d, A: s * rank, B: rank * d };
bars(
  Object.keys(sizes),
  [
    {
      name: `m = ${shorter}, r = ${rank}: ${Math.round(100 * (1 - flops(shorter) / flops(l)))} % fewer FLOPs`,
      values: Object.values(sizes),
    },
  ],
  {
    title: "What is trained, within the budget of 20 prompt tokens",
    description: "The numbers in the prompt, in A and in B for the chosen length.",
    x: { label: "part" },
    y: { label: "trained numbers" },
  },
);

// %% [markdown]
// ### Checks

// %%
const settings = [
  [40, 45],
  [60, 30],
  [80, 15],
] as const; // (m, r) of the paper, for l = 100, s = 256, d = 768
const off = settings.map(([m, r]) => m * 768 + (256 + 768) * r - 100 * 768);
count("the-paper-spends-its-budget", Math.max(...off.map(Math.abs)), {
  exactly: 0,
  unit: "parameters",
});
count("the-budget-is-kept", countParameters(arms.DePT) - l * d, { atMost: 0, unit: "parameters" });
count("a-fifth-of-the-flops-is-saved", 1 - flops(m) / flops(l), { atLeast: 0.2 });
const reads = (trained: Dept, seed: number) => answer(trained, "copy", seed, 1);
const [fresh, short] = [reads(arms.DePT, 5), reads({ prompt: arms.DePT.prompt }, 5)];
const gap = await read(largestDifference(fresh.logits, short.logits));
identity("starts-as-the-short-prompt", gap, { atMost: 1e-5, unit: "in a logit" });
const offset = { ...arms.DePT, B: random(3).normal([r, d]) as tf.Tensor2D };
const added = [5, 6].map((seed) =>
  tf.sub(reads(offset, seed).stream, reads(arms.DePT, seed).stream),
);
const apart = await read(largestDifference(added[0]!, added[1]!));
identity("the-same-is-added-to-every-input", apart, { atMost: 1e-5, unit: "in an embedding" });
const besides = tf.concat(
  [tf.slice(added[0]!, 0, [1, m, d]), tf.slice(added[0]!, [0, m + s, 0])],
  1,
);
identity("prompt-and-answers-stay", await read(tf.max(tf.abs(besides))), { exactly: 0 });
