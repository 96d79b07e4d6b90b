// %% [markdown]
// ### The problem
// Large language models put LayerNorm *before* each sub-layer (pre-LN), because
// that trains stably. The price: the deeper half of the blocks does little.
// Remove one of them, and the output barely changes.
//
// ### The idea
// A pre-LN block adds an update of roughly constant size to a residual stream
// that nothing ever normalises. So the stream's variance grows with depth, each
// later update is small beside it, and a deep block comes close to the
// identity. **LayerNorm Scaling** (LNS) makes the normalised input of block
// $\ell$ smaller by $1/\sqrt\ell$, so that the stream grows slowly. It has no
// parameters and nothing to tune.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { mobyDick, randomBatch, spacedBatch } from "#lab/dataset/text";
import { bars } from "#lab/figure/bars";
import { curve } from "#lab/figure/curve";
import { layerNorm, type Norm } from "#lab/layer";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { highest, lowest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import {
  type BlockFunction,
  forward,
  initLanguageModel,
  type LanguageModel,
  preNormBlock,
  trace,
} from "#lab/transformer";

// %% [markdown]
// ### The method
// Block $\ell = 1, \dots, L$ of a transformer takes the stream $x_\ell$ to
// $$
// x'_\ell = x_\ell + \mathrm{Attn}(h_\ell), \qquad
// x_{\ell+1} = x'_\ell + \mathrm{FFN}(h'_\ell).
// $$
// In pre-LN, $h_\ell = \mathrm{LN}(x_\ell)$ and
// $h'_\ell = \mathrm{LN}(x'_\ell)$. LNS scales both:
// $$
// h_\ell = \tfrac{1}{\sqrt\ell}\,\mathrm{LN}(x_\ell), \qquad
// h'_\ell = \tfrac{1}{\sqrt\ell}\,\mathrm{LN}(x'_\ell).
// $$
// One factor for both halves of a block. Blocks are counted from 1, so that
// block 1 stays as it was. The last norm, before the head, is not scaled.

// %%
/**
 * x_{ℓ+1} from x_ℓ under LayerNorm Scaling (arXiv 2502.05795).
 */
export const lnsBlock: BlockFunction = (x, { norm1, norm2 }, l, { attention, feedForward }) => {
  const factor = 1 / Math.sqrt(l);
  const h = tf.mul(layerNorm(x, norm1), factor); // [batch, time, dModel]
  const xPrime = tf.add(x, attention(h));
  const hPrime = tf.mul(layerNorm(xPrime, norm2), factor);
  return tf.add(xPrime, feedForward(hPrime));
};

// %% [markdown]
// What the paper looks at, block by block: the variance of the stream over its
// features, how far a block moves the stream for its length, and by what angle,
// $\tfrac1\pi\arccos\cos(x_\ell, x_{\ell+1})$, as a share of a half turn.

// %%
/** σ² of the stream x: over features, averaged over tokens. */
export function residualVariance(x: tf.Tensor): tf.Tensor {
  return tf.mean(tf.moments(x, -1).variance);
}

/** ‖x_{ℓ+1} - x_ℓ‖ / ‖x_ℓ‖, averaged over tokens. */
export function relativeUpdate(x: tf.Tensor, next: tf.Tensor): tf.Tensor {
  return tf.mean(tf.div(tf.norm(tf.sub(next, x), 2, -1), tf.norm(x, 2, -1)));
}

/**
 * arccos cos(x_ℓ, x_{ℓ+1}) / π, averaged over tokens: 0 for the same direction,
 * 1 for the opposite one.
 */
export function angularDistance(x: tf.Tensor, next: tf.Tensor): tf.Tensor {
  const cos = tf.div(tf.sum(tf.mul(x, next), -1), tf.mul(tf.norm(x, 2, -1), tf.norm(next, 2, -1)));
  return tf.mean(tf.div(tf.acos(tf.clipByValue(cos, -1, 1)), Math.PI));
}

// %% [markdown]
// ### The substrate
// A character-level language model on Moby-Dick, twelve blocks deep and 32
// features wide. All weights start from $\mathcal N(0, 0.1^2)$: what decides
// the size of an update is $d\,\sigma_w^2$, and $32 \cdot 0.1^2 = 0.32$ is
// close to the $768 \cdot 0.02^2 = 0.31$ of the paper's 130M model.

// %%
const { seeds, initSeeds, steps, batchSize, time, numLayers, heldOutSize } = scale({
  full: {
    seeds: [0, 1],
    initSeeds: [0, 1, 2],
    steps: 64,
    batchSize: 8,
    time: 32,
    numLayers: 12,
    heldOutSize: 32,
  },
  quick: {
    seeds: [0],
    initSeeds: [0],
    steps: 2,
    batchSize: 2,
    time: 8,
    numLayers: 4,
    heldOutSize: 2,
  },
});
const text = await mobyDick();
const shape = { vocabSize: text.vocabSize, time, dModel: 32, numHeads: 2, numLayers };
const heldOut = spacedBatch(text.heldOut, heldOutSize, time);
const arms = { "pre-LN": preNormBlock, LNS: lnsBlock };
type Arm = keyof typeof arms;

const std = 0.1;
const initialise = (seed: number, depth: number) =>
  initLanguageModel(random(seed), { ...shape, numLayers: depth }, std);

/**
 * Loss on held-out text in nats per character, and what each block does to the
 * stream there.
 */
async function look(model: LanguageModel, block: BlockFunction) {
  const { loss, perBlock } = tf.tidy(() => {
    const { logits, residuals } = trace(model, heldOut.inputs, shape.numHeads, { block });
    const measures = residuals.slice(1).map((next, index) => {
      const x = residuals[index]!;
      return tf.stack([residualVariance(next), relativeUpdate(x, next), angularDistance(x, next)]);
    });
    return { loss: crossEntropy(logits, heldOut.targets), perBlock: tf.stack(measures, 1) };
  });
  const [variance, update, angle] = (await perBlock.array()) as [number[], number[], number[]];
  perBlock.dispose();
  return { loss: await read(loss), variance, update, angle };
}
type Looks = Record<Arm, Awaited<ReturnType<typeof look>>>;

// %% [markdown]
// ### Before training
// Twelve blocks, forward only, three seeds. Pre-LN's variance grows about
// linearly with depth; under LNS it flattens out.

// %%
const atInit: Looks[] = [];
for (const seed of initSeeds) {
  const model = initialise(seed, 12);
  atInit.push({ "pre-LN": await look(model, arms["pre-LN"]), LNS: await look(model, arms.LNS) });
  tf.dispose(model);
}
const growth = (arm: Arm) =>
  atInit.map((looks) => looks[arm].variance[11]! / looks[arm].variance[5]!);
const share = (all: Looks[]) =>
  all.map((looks) => looks.LNS.variance.at(-1)! / looks["pre-LN"].variance.at(-1)!);

trend("pre-ln-variance-grows-with-depth", lowest(growth("pre-LN")), { atLeast: 1.6, unit: "×" });

trend("lns-variance-grows-slowly", highest(growth("LNS")), { atMost: 1.5, unit: "×" });

ordering("lns-lowers-variance-before-training", highest(share(atInit)), {
  atMost: 0.5,
  unit: "× pre-LN",
});

// %% [markdown]
// How strong must the factor be? With $\ell^{-p}$ in place of $1/\sqrt\ell$,
// $p = 0$ is pre-LN and $p = \tfrac12$ is LNS. (The factor can as well stand in
// the norm's gain and bias, as a claim below shows.)

// %%
const p = slider({
  id: "exponent",
  label: "Exponent p of the factor ℓ^−p",
  min: 0,
  max: 1,
  step: 0.1,
  value: 0.5,
  good: 0.5,
  bad: 0,
});
const shrunk = ({ gain, bias }: Norm, factor: number): Norm => ({
  gain: tf.mul(gain, factor),
  bias: tf.mul(bias, factor),
});
const powerBlock: BlockFunction = (x, block, l, subLayers) => {
  const [norm1, norm2] = [block.norm1, block.norm2].map((norm) => shrunk(norm, l ** -p));
  return preNormBlock(x, { ...block, norm1: norm1!, norm2: norm2! }, l, subLayers);
};
const untrained = initialise(0, 12);
const underP = (await look(untrained, powerBlock)).variance;
tf.dispose(untrained);
curve(
  [
    { name: "pre-LN", y: atInit[0]!["pre-LN"].variance },
    { name: "LNS", y: atInit[0]!.LNS.variance },
    { name: `p = ${p}`, y: underP, dashed: true },
  ].map((line) => ({ ...line, x: line.y.map((_, index) => index + 1) })),
  {
    title: "Variance of the stream before training, by the factor's exponent",
    description:
      "Three curves over twelve blocks: pre-LN grows, LNS flattens out, and the one for p moves between and below them.",
    x: { label: "block" },
    y: { label: "variance" },
  },
);

// %% [markdown]
// ### Training
// Both arms start from the same weights and see the same batches at the same
// learning rate. Only the block differs.

// %%
const trainArm = (start: LanguageModel, arm: Arm, seed: number) =>
  train({
    parameters: start,
    steps,
    stage: `${arm}, seed ${seed}`,
    optimiser: {
      learningRate: cosine({ learningRate: 3e-3, warmup: Math.floor(steps / 10), steps }),
      beta2: 0.95,
      clip: 1,
    },
    loss: (model, step) => {
      const { inputs, targets } = randomBatch(
        text.train,
        random(1000 * seed + step),
        batchSize,
        time,
      );
      return crossEntropy(forward(model, inputs, shape.numHeads, { block: arms[arm] }), targets);
    },
  });

const models: Record<Arm, LanguageModel>[] = [];
const trained: Looks[] = [];
for (const seed of seeds) {
  const start = initialise(seed, numLayers);
  const preLN = (await trainArm(start, "pre-LN", seed)).parameters;
  const lns = (await trainArm(start, "LNS", seed)).parameters;
  tf.dispose(start);
  models.push({ "pre-LN": preLN, LNS: lns });
  trained.push({ "pre-LN": await look(preLN, arms["pre-LN"]), LNS: await look(lns, arms.LNS) });
}

ordering("lns-lowers-variance-after-training", highest(share(trained)), {
  atMost: 0.5,
  unit: "× pre-LN",
});

const block = (values: number[]) => ({ x: values.map((_, index) => index + 1), y: values });
curve(
  [
    {
      name: "pre-LN before training",
      ...block(atInit[0]!["pre-LN"].variance),
      colour: 0,
      dashed: true,
    },
    { name: "pre-LN, trained", ...block(trained[0]!["pre-LN"].variance), colour: 0 },
    { name: "LNS before training", ...block(atInit[0]!.LNS.variance), colour: 1, dashed: true },
    { name: "LNS, trained", ...block(trained[0]!.LNS.variance), colour: 1 },
  ],
  {
    title: "Variance of the residual stream after each block",
    description:
      "Four curves over the blocks, pre-LN and LNS before and after training, of seed 0, on a log scale.",
    x: { label: "block" },
    y: { label: "variance (log scale)", log: true },
  },
);

// %% [markdown]
// ### LNS is pre-LN with smaller gains
// Divide gain and bias of both norms in block $\ell$ by $\sqrt\ell$, and a
// trained LNS model becomes a plain pre-LN model that computes the same. So LNS
// changes where training starts and how it moves, not what the network can
// express.

// %%
/**
 * The pre-LN model that computes what this model computes under LNS; its gains
 * and biases are new tensors.
 */
export function foldIn(model: LanguageModel): LanguageModel {
  const fold = ({ gain, bias }: Norm, l: number): Norm => ({
    gain: tf.div(gain, Math.sqrt(l)),
    bias: tf.div(bias, Math.sqrt(l)),
  });
  const blocks = model.blocks.map((block, index) => {
    const l = index + 1;
    return { ...block, norm1: fold(block.norm1, l), norm2: fold(block.norm2, l) };
  });
  return { ...model, blocks };
}

const model = models[0]!.LNS;
const run = (m: LanguageModel, arm: Arm) =>
  trace(m, heldOut.inputs, shape.numHeads, { block: arms[arm] });
const logitsApart = tf.tidy(() =>
  largestDifference(run(model, "LNS").logits, run(foldIn(model), "pre-LN").logits),
);
const firstApart = tf.tidy(() =>
  largestDifference(run(model, "LNS").residuals[1]!, run(model, "pre-LN").residuals[1]!),
);

identity("folds-into-the-gains", await read(logitsApart), {
  atMost: 1e-5,
  unit: "largest difference of logits",
});

identity("leaves-block-one-unchanged", await read(firstApart), {
  atMost: 1e-6,
  unit: "largest difference",
});

const { dModel: d, vocabSize: V } = shape;
count(
  "adds-no-parameters",
  countParameters(model) - (2 * V * d + time * d + numLayers * (12 * d * d + 4 * d) + 2 * d),
  { exactly: 0, unit: "parameters more" },
);

// %% [markdown]
// ### The curse
// How far does each block move the stream, and how much does the loss rise when
// one block is taken out?

// %%
/**
 * The rise of the held-out loss when each block in turn is left out, in nats
 * per character.
 */
async function removalCosts(
  model: LanguageModel,
  block: BlockFunction,
  whole: number,
): Promise<number[]> {
  const costs: number[] = [];
  for (let skip = 1; skip <= model.blocks.length; skip++) {
    const without = () => forward(model, heldOut.inputs, shape.numHeads, { block, skip });
    costs.push((await read(tf.tidy(() => crossEntropy(without(), heldOut.targets)))) - whole);
  }
  return costs;
}

const removal: Record<Arm, number[]>[] = [];
for (const [index, looks] of trained.entries()) {
  const costs = (arm: Arm) => removalCosts(models[index]![arm], arms[arm], looks[arm].loss);
  removal.push({ "pre-LN": await costs("pre-LN"), LNS: await costs("LNS") });
}
/** The mean over the deep half: blocks 7 to 12 of 12. */
const deep = (values: number[]) => mean(values.slice(numLayers / 2));
/** The mean over the first third without block 1: blocks 2 to 4 of 12. */
const early = (values: number[]) => mean(values.slice(1, Math.max(2, numLayers / 3)));

trend(
  "deep-blocks-move-the-stream-little",
  highest(trained.map(({ "pre-LN": { update } }) => deep(update) / early(update))),
  { atMost: 0.5, unit: "× blocks 2–4" },
);

trend(
  "deep-blocks-cost-little-to-remove",
  highest(removal.map(({ "pre-LN": costs }) => deep(costs) / costs[0]!)),
  { atMost: 0.1, unit: "× block 1" },
);

bars(
  block(removal[0]!["pre-LN"]).x,
  Object.entries(removal[0]!).map(([name, values]) => ({ name, values })),
  {
    title: "What it costs to leave one block out",
    description:
      "The rise of the held-out loss without each block, for the trained pre-LN and LNS models of seed 0.",
    x: { label: "block left out" },
    y: { label: "rise of the loss (nats per character)" },
  },
);

// %%
curve(
  Object.entries(trained[0]!).map(([name, { update }]) => ({ name, ...block(update) })),
  {
    title: "How far each block moves the stream",
    description:
      "The length of each block's update, relative to the stream it reads, in the trained models of seed 0.",
    x: { label: "block" },
    y: { label: "relative update" },
  },
);

// %% [markdown]
// ### Does LNS help?
// The paper's benefit: a lower loss than pre-LN, and deep blocks that
// contribute more. Both are judged here by their sign alone, on every seed. At
// this depth, width and budget the stream shrinks under LNS, but a deep block's
// update shrinks faster.

// %%
const gain = (measure: (arm: Arm, index: number) => number) =>
  trained.map((_, index) => measure("LNS", index) - measure("pre-LN", index));

ordering("improves-loss", highest(gain((arm, index) => trained[index]![arm].loss)), {
  atMost: 0,
  unit: "nats per character",
});

ordering(
  "deep-blocks-turn-the-stream-more",
  lowest(gain((arm, index) => deep(trained[index]![arm].angle))),
  { atLeast: 0, unit: "half turns" },
);

ordering(
  "deep-blocks-cost-more-to-remove",
  lowest(gain((arm, index) => deep(removal[index]![arm]))),
  { atLeast: 0, unit: "nats per character" },
);

// %% [markdown]
// ### The paper's explanation
// The gradient from the output to block 1 is bounded by a product over the
// blocks,
// $$
// \prod_{\ell=1}^{L} \Big(1 + \frac{A}{\sigma_\ell} + \frac{B}{\sigma_\ell^2}\Big).
// $$
// Where the variance grows exponentially, the product converges: deeper blocks
// add nothing. Where it grows polynomially, as under LNS, the product keeps
// growing. With $A = B = \tfrac12$:

// %%
/** ∏_{ℓ≤L} (1 + A/σ_ℓ + B/σ_ℓ²) for a variance σ_ℓ² given by block. */
export function gradientBound(
  L: number,
  variance: (l: number) => number,
  A = 0.5,
  B = 0.5,
): number {
  let product = 1;
  for (let l = 1; l <= L; l++) product *= 1 + A / Math.sqrt(variance(l)) + B / variance(l);
  return product;
}
const from48To64 = (variance: (l: number) => number) =>
  gradientBound(64, variance) / gradientBound(48, variance);

trend(
  "exponential-variance-stops-the-gradient",
  from48To64((l) => Math.exp(0.3 * l)),
  { atMost: 1.01, unit: "×" },
);

trend(
  "polynomial-variance-lets-the-gradient-grow",
  from48To64((l) => 1 + 0.5 * l),
  { atLeast: 2, unit: "×" },
);

// %% [markdown]
// ### Differs from the paper
// The paper trains LLaMA models of 130M to 1B parameters for 20,000 steps and
// more, with RMSNorm, SwiGLU and rotary positions. Here are 0.16M parameters,
// 64 steps, LayerNorm, GELU and learned positions, because it has to run in a
// browser within seconds. Not tested here: perplexity at scale, fine-tuning,
// and the analyses of released models.
