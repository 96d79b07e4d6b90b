import * as tf from "@tensorflow/tfjs-core";
import { needle, passKey, passKeyTokens, type RecallBatch } from "#lab/dataset/recall";
import { initLinear, initNorm } from "#lab/layer";
import { read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { answerLoss, recallRate, recallTargets, streamLoss } from "#lab/recall";
import { train } from "#lab/training";
import { forward, initBlock, type LanguageModel } from "#lab/transformer";
import { fillerLosses } from "#zoo/filler-loss";
import { passKeyLetters } from "#zoo/pass-key-letters";
import { questionMap } from "#zoo/question-map";
import type { Measure, Recipe } from "#zoo/recipe";

const shape = { vocabSize: passKeyTokens.question + 1, time: 64, dModel: 32, numHeads: 4, numLayers: 4 };
const seed = 0;
const steps = 300;
const batchSize = 16;
const learningRate = 4e-3;
const tuning = { steps: 60, learningRate, warmup: 10 };
/** The stream's loss is counted from here on: the key stands before. */
const past = 20;

/** Linear maps and biases from U(±1/√dIn), as PyTorch's; embeddings from N(0, 0.1²). */
function initRecall(seed: number): LanguageModel {
  const draw = random(seed);
  const { vocabSize, time, dModel, numLayers } = shape;
  return {
    tokens: draw.normal([vocabSize, dModel], 0.1),
    positions: draw.normal([time, dModel], 0.1),
    blocks: Array.from({ length: numLayers }, () => initBlock(draw, shape, "uniform fan-in", true)),
    norm: initNorm(dModel),
    head: initLinear(draw, dModel, vocabSize, "uniform fan-in"),
  };
}

/** Sequences that no training has seen. */
const heldOut = (task: typeof passKey) => task(random(7), 512, shape.time);

/** A number of the model's logits on a batch, and of what they should have been. */
function over(batch: RecallBatch, model: LanguageModel, number: typeof recallRate): Promise<number> {
  const value = tf.tidy(() => {
    const { inputs, targets } = recallTargets(batch);
    return number(forward(model, inputs, shape.numHeads), targets);
  });
  return read(value);
}

/** Recall of another task after a short training on it, from the model and from scratch. */
async function fineTuned(model: LanguageModel): Promise<Measure> {
  const after = async (start: LanguageModel) => {
    const { parameters } = await train({
      parameters: start,
      steps: tuning.steps,
      stage: "fine-tuning",
      optimiser: { learningRate: cosine(tuning), clip: 1 },
      loss: (model, step) => {
        const { inputs, targets } = recallTargets(needle(random(2_000_000 + step), batchSize, shape.time));
        return answerLoss(forward(model, inputs, shape.numHeads), targets);
      },
    });
    const recall = await over(heldOut(needle), parameters, recallRate);
    tf.dispose(parameters);
    return recall;
  };
  return {
    name: `recall of a needle in the last three quarters after ${tuning.steps} steps on it`,
    unit: "share of sequences",
    value: await after(model),
    baselines: [
      { name: "as long from scratch", value: await after(initRecall(seed)) },
      { name: "the model before these steps", value: await over(heldOut(needle), model, recallRate) },
      { name: "chance", value: 1 / 8 },
    ],
    lowerIsBetter: false,
  };
}

/** A causal decoder that keeps a key in mind through a stream of fillers. */
export const recipe: Recipe<LanguageModel> = {
  name: "tiny-recall",
  description:
    "A causal transformer of width 32 that reads a stream of fillers with one key in its first quarter, and gives the key back at the end.",
  settings: {
    ...shape,
    "initial weights": "linear maps and biases U(±1/√dIn), embeddings N(0, 0.1²), gains 1",
    seed,
    steps,
    batchSize,
    optimiser: "AdamW, β = (0.9, 0.999), no weight decay, gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 10 steps, then cosine to a tenth`,
    loss: "mean over the stream's tokens + the answer's",
    data: "the pass-key stream: 14 fillers of a Markov chain, one of 8 keys at a position from 0 to 15, a question mark at 63",
  },
  lossUnit: "nats, stream + answer",
  train: () =>
    train({
      parameters: initRecall(seed),
      steps,
      stage: "tiny-recall",
      optimiser: {
        learningRate: (step) =>
          learningRate / 10 + cosine({ learningRate: 0.9 * learningRate, warmup: 10, steps })(step),
        clip: 1,
      },
      loss: (model, step) => {
        const { inputs, targets } = recallTargets(passKey(random(1_000_000 + step), batchSize, shape.time));
        const logits = forward(model, inputs, shape.numHeads);
        return tf.add(streamLoss(logits, targets), answerLoss(logits, targets));
      },
    }),
  async measure(model) {
    const streams = heldOut(passKey);
    const { unigram, chain } = fillerLosses(streams, { from: past });
    return [
      {
        name: "recall of the key",
        unit: "share of sequences",
        value: await over(streams, model, recallRate),
        baselines: [{ name: "chance", value: 1 / passKeyTokens.keys }],
        lowerIsBetter: false,
      },
      {
        name: `loss on the stream's fillers after position ${past}`,
        unit: "nats per token",
        value: await over(streams, model, (logits, targets) => streamLoss(logits, targets, { from: past })),
        baselines: [
          { name: "shares of the fillers alone", value: unigram },
          { name: "the chain itself, which nothing can beat", value: chain },
        ],
        lowerIsBetter: true,
      },
      await fineTuned(model),
    ];
  },
  async samples(model) {
    const batch = passKey(random(9), 4, shape.time);
    const { inputs, targets } = recallTargets(batch);
    const answers = tf.tidy(() =>
      tf.argMax(tf.slice(forward(model, inputs, shape.numHeads), [0, shape.time - 1, 0], [-1, 1, -1]), -1),
    );
    const given = await answers.data();
    tf.dispose([inputs, targets, answers]);
    return Array.from(given, (answer, row) => {
      const stream = passKeyLetters(batch.tokens.subarray(row * shape.time, (row + 1) * shape.time));
      return `${stream} → ${passKeyLetters([answer])} (right: ${passKeyLetters([batch.answers[row]!])})`;
    });
  },
  figures: async (model) => [await questionMap(model, shape.numHeads, shape.time)],
};
