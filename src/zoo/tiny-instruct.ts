import * as tf from "@tensorflow/tfjs-core";
import { type SkillBatch, skillBatch, skillNames, skillTokens } from "#lab/dataset/skills";
import { bars } from "#lab/figure/bars";
import { initLinear, initNorm } from "#lab/layer";
import { accuracy, crossEntropy, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { forward, initBlock, type LanguageModel } from "#lab/transformer";
import type { Measure, Recipe } from "#zoo/recipe";

const shape = { vocabSize: skillTokens.vocabSize, time: 24, dModel: 64, numHeads: 4, numLayers: 4 };
const seed = 0;
const steps = 1500;
const batchSize = 64;
const schedule = { learningRate: 2e-3, warmup: 100, steps };
const tuning = { steps: 60, promptLength: 10, learningRate: 0.1 };

/** Linear maps and biases from U(±1/√dIn), as PyTorch's; embeddings from N(0, 1), as PyTorch's too. */
function initInstruct(seed: number): LanguageModel {
  const draw = random(seed);
  const { vocabSize, time, dModel, numLayers } = shape;
  return {
    tokens: draw.normal([vocabSize, dModel]),
    positions: draw.normal([time, dModel]),
    blocks: Array.from({ length: numLayers }, () => initBlock(draw, shape, "uniform fan-in", true)),
    norm: initNorm(dModel),
    head: initLinear(draw, dModel, vocabSize, "uniform fan-in"),
  };
}

/** Logits [batch, given, vocabSize] of the answers, and the answers. */
function answered(model: LanguageModel, { inputs, answers, time }: SkillBatch, prompt?: tf.Tensor2D) {
  const { given } = skillTokens;
  const tokens = tf.tensor2d(inputs, [inputs.length / time, time], "int32");
  const logits = forward(model, tokens, shape.numHeads, { prompt });
  return {
    logits: tf.slice(logits, [0, time - given, 0], [-1, given, -1]),
    answers: tf.tensor2d(answers, [answers.length / given, given], "int32"),
  };
}

function accuracyOn(model: LanguageModel, batch: SkillBatch, prompt?: tf.Tensor2D): Promise<number> {
  const value = tf.tidy(() => {
    const { logits, answers } = answered(model, batch, prompt);
    return accuracy(logits, answers);
  });
  return read(value);
}

const heldOut = () => skillBatch(random(7), 512);

/** How well a skill that is not named can be asked for by a prompt, from the model and from random weights. */
async function prompted(model: LanguageModel): Promise<Measure> {
  const only = "reverse";
  const unnamed = skillBatch(random(8), 256, { only });
  const after = async (frozen: LanguageModel) => {
    const { parameters: prompt } = await train({
      parameters: random(1).normal([tuning.promptLength, shape.dModel]) as tf.Tensor2D,
      steps: tuning.steps,
      stage: "prompt tuning",
      optimiser: { learningRate: cosine({ ...tuning, warmup: 0 }) },
      loss: (prompt, step) => {
        const batch = skillBatch(random(2_000_000 + step), 32, { only });
        const { logits, answers } = answered(frozen, batch, prompt);
        return crossEntropy(logits, answers);
      },
    });
    const value = await accuracyOn(frozen, unnamed, prompt);
    prompt.dispose();
    return value;
  };
  return {
    name: `accuracy at reversing when nothing says so but a prompt of ${tuning.promptLength}, tuned for ${tuning.steps} steps`,
    unit: "share of answers",
    value: await after(model),
    baselines: [
      { name: "the same prompt for a model with random weights", value: await after(initInstruct(seed)) },
      { name: "the model without a prompt", value: await accuracyOn(model, unnamed) },
    ],
    lowerIsBetter: false,
  };
}

/** A causal decoder that does what a word says with five symbols. */
export const recipe: Recipe<LanguageModel> = {
  name: "tiny-instruct",
  description:
    "A causal transformer of width 64 that copies, reverses, sorts, adds to or rotates five symbols, as a word before them says.",
  settings: {
    ...shape,
    "initial weights": "linear maps and biases U(±1/√dIn), embeddings N(0, 1), gains 1",
    seed,
    steps,
    batchSize,
    optimiser: "Adam, β = (0.9, 0.999), gradients clipped to norm 1",
    learningRate: `${schedule.learningRate}, warm-up of ${schedule.warmup} steps, then cosine to 0`,
    loss: "mean over the five answers",
    data: "eight skills on five of 16 symbols; each has two words, and a second word says nothing",
  },
  lossUnit: "nats per answer",
  train: () =>
    train({
      parameters: initInstruct(seed),
      steps,
      stage: "tiny-instruct",
      optimiser: { learningRate: cosine(schedule), clip: 1 },
      loss: (model, step) => {
        const { logits, answers } = answered(model, skillBatch(random(1_000_000 + step), batchSize));
        return crossEntropy(logits, answers);
      },
    }),
  async measure(model) {
    const { inputs, answers, skills, time } = heldOut();
    const { given } = skillTokens;
    const copied = skills.map((_, row) => {
      const x = inputs.subarray(row * time + 3, row * time + 3 + given);
      return x.filter((symbol, i) => symbol === answers[row * given + i]).length / given;
    });
    return [
      {
        name: "accuracy of the answers",
        unit: "share of answers",
        value: await accuracyOn(model, heldOut()),
        baselines: [
          { name: "always copying", value: copied.reduce((a, b) => a + b) / copied.length },
          { name: "guessing", value: 1 / skillTokens.symbols },
        ],
        lowerIsBetter: false,
      },
      await prompted(model),
    ];
  },
  async samples(model) {
    const batch = skillBatch(random(9), 8);
    const { given } = skillTokens;
    const best = tf.tidy(() => tf.argMax(answered(model, batch).logits, -1));
    const said = await best.data();
    best.dispose();
    return batch.skills.map((skill, row) => {
      const x = batch.inputs.subarray(row * batch.time + 3, row * batch.time + 3 + given);
      const part = (of: ArrayLike<number>) => Array.from(of).slice(row * given, (row + 1) * given);
      return `${skill} ${x.join(" ")} → ${part(said).join(" ")} (right: ${part(batch.answers).join(" ")})`;
    });
  },
  async figures(model) {
    const { inputs, answers, skills, time } = heldOut();
    const values: number[] = [];
    for (const only of skillNames) {
      const rows = skills.flatMap((skill, row) => (skill === only ? [row] : []));
      const pick = (of: Int32Array, width: number) =>
        Int32Array.from(rows.flatMap((row) => Array.from(of.subarray(row * width, (row + 1) * width))));
      const own = { inputs: pick(inputs, time), answers: pick(answers, skillTokens.given) };
      values.push(await accuracyOn(model, { ...own, skills: rows.map(() => only), time }));
    }
    return [
      bars([...skillNames], [{ name: "answers", values }], {
        title: "Accuracy of the answers by skill",
        description: "The share of right answers for each of the eight skills, on sequences held out.",
        x: { label: "skill" },
        y: { label: "share of right answers" },
      }),
    ];
  },
};
