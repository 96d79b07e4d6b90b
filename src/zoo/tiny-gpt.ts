import * as tf from "@tensorflow/tfjs-core";
import {
  decode,
  encode,
  mobyDick,
  randomBatch,
  spacedBatch,
  stateOfTheUnion,
  type TextDataset,
} from "#lab/dataset/text";
import { attentionMap } from "#lab/figure/attention-map";
import { crossEntropy, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { forward, initLanguageModel, type LanguageModel } from "#lab/transformer";
import { attentionWeights } from "#zoo/attention-weights";
import { nGramLoss } from "#zoo/n-gram";
import type { Measure, Recipe } from "#zoo/recipe";

const shape = { vocabSize: 96, time: 128, dModel: 64, numHeads: 4, numLayers: 4 };
/** d σ² as in a GPT of width 768 with σ = 0.02. */
const std = 0.07;
const seed = 0;
const steps = 2400;
const batchSize = 8;
const learningRate = 3e-3;
const weightDecay = 0.1;
const tuning = { steps: 60, learningRate: 1e-3 };

/** Nats per character over the whole held-out text, in windows of the model's context. */
async function heldOutLoss(model: LanguageModel, { heldOut }: TextDataset): Promise<number> {
  const windows = Math.floor((heldOut.length - 1) / shape.time);
  const losses: number[] = [];
  for (let first = 0; first < windows; first += 32) {
    const rows = Math.min(32, windows - first);
    const piece = heldOut.subarray(first * shape.time, (first + rows) * shape.time + 1);
    const { inputs, targets } = spacedBatch(piece, rows, shape.time);
    const loss = tf.tidy(() => crossEntropy(forward(model, inputs, shape.numHeads), targets));
    losses.push(...Array<number>(rows).fill(await read(loss)));
    tf.dispose([inputs, targets]);
  }
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** The loss on another domain after a short training on it, from the model and from scratch: what pre-training is worth. */
async function fineTuned(model: LanguageModel): Promise<Measure> {
  const text = await stateOfTheUnion();
  const after = async (start: LanguageModel) => {
    const { parameters } = await train({
      parameters: start,
      steps: tuning.steps,
      stage: "fine-tuning",
      optimiser: { learningRate: cosine({ ...tuning, warmup: 10 }), beta2: 0.95, clip: 1 },
      loss: (model, step) => {
        const { inputs, targets } = randomBatch(text.train, random(2_000_000 + step), batchSize, shape.time);
        return crossEntropy(forward(model, inputs, shape.numHeads), targets);
      },
    });
    const loss = await heldOutLoss(parameters, text);
    tf.dispose(parameters);
    return loss;
  };
  return {
    name: `loss on State of the Union addresses after ${tuning.steps} steps on them`,
    unit: "nats per character",
    value: await after(model),
    baselines: [
      { name: "as long from scratch", value: await after(initLanguageModel(random(seed), shape, std)) },
      { name: "the model before these steps", value: await heldOutLoss(model, text) },
    ],
    lowerIsBetter: true,
  };
}

/** `length` characters after a beginning, each drawn from the model's distribution at a temperature of 0.8. */
async function sample(model: LanguageModel, beginning: string, length: number): Promise<string> {
  const draw = random(seed);
  const tokens = Array.from(encode(beginning));
  for (let i = 0; i < length; i++) {
    const context = tokens.slice(-shape.time);
    const weights = tf.tidy(() => {
      const inputs = tf.tensor2d(context, [1, context.length], "int32");
      const last = tf.slice(forward(model, inputs, shape.numHeads), [0, context.length - 1, 0], [1, 1, -1]);
      return tf.softmax(tf.div(tf.reshape(last, [-1]), 0.8));
    });
    const p = await weights.data();
    weights.dispose();
    let rest = draw.next();
    tokens.push(
      Math.max(
        0,
        p.findIndex((share) => (rest -= share) < 0),
      ),
    );
  }
  return decode(tokens);
}

/** A causal language model of characters, trained on Moby-Dick alone. */
export const recipe: Recipe<LanguageModel> = {
  name: "tiny-gpt",
  description:
    "A causal transformer of characters, pre-norm, four blocks of width 64, trained on Moby-Dick alone.",
  settings: {
    ...shape,
    "initial weights": `N(0, ${std}²), gains 1, biases 0`,
    seed,
    steps,
    batchSize,
    optimiser: "AdamW, β = (0.9, 0.95), gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 100 steps, then cosine to 0`,
    weightDecay,
    data: "Moby-Dick, chapters 1 to 31; the last tenth is held out",
  },
  lossUnit: "nats per character",
  async train() {
    const text = await mobyDick();
    return train({
      parameters: initLanguageModel(random(seed), shape, std),
      steps,
      stage: "tiny-gpt",
      optimiser: {
        learningRate: cosine({ learningRate, warmup: 100, steps }),
        beta2: 0.95,
        weightDecay,
        clip: 1,
      },
      loss: (model, step) => {
        const { inputs, targets } = randomBatch(text.train, random(1_000_000 + step), batchSize, shape.time);
        return crossEntropy(forward(model, inputs, shape.numHeads), targets);
      },
    });
  },
  async measure(model) {
    const text = await mobyDick();
    const nGram = (order: number) =>
      nGramLoss(text.train, text.heldOut, { order, vocabSize: text.vocabSize });
    return [
      {
        name: "held-out loss",
        unit: "nats per character",
        value: await heldOutLoss(model, text),
        baselines: [
          { name: "bigram model", value: nGram(2) },
          { name: "5-gram model", value: nGram(5) },
        ],
        lowerIsBetter: true,
      },
      await fineTuned(model),
    ];
  },
  samples: (model) =>
    Promise.all(["The whale ", "I never ", "Captain Ahab "].map((start) => sample(model, start, 240))),
  async figures(model) {
    const text = "the white whale, the";
    const inputs = tf.tensor2d(encode(text), [1, text.length], "int32");
    const heads = await attentionWeights(2, (options) => forward(model, inputs, shape.numHeads, options));
    inputs.dispose();
    return heads.slice(0, 2).map((weights, head) =>
      attentionMap(weights, [...text], {
        title: `Attention of block 2, head ${head + 1}`,
        description: `How much each character of "${text}" attends to the ones before it.`,
      }),
    );
  },
};
