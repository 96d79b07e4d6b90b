import * as tf from "@tensorflow/tfjs-core";
import type { MaskedPieces } from "#lab/dataset/masked-pieces";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import type { LanguageModel } from "#lab/transformer";
import { bagProbe, mailProbe, tunedOnMail } from "#zoo/mail-classifier";
import { maskedScore, windowsOf } from "#zoo/masked-score";
import { maskedLoss, type PieceText } from "#zoo/masked-text";
import { nGramLoss } from "#zoo/n-gram";
import { neighbourGuesses } from "#zoo/neighbour-guess";
import type { Measure } from "#zoo/recipe";

/** A masked language model to be measured, beside itself before its training. */
export interface Subject {
  model: LanguageModel;
  start: LanguageModel;
  numHeads: number;
  time: number;
  pieces: MaskedPieces;
}

/** How well it fills in the held-out part of its own text. */
export async function ownText(
  { model, numHeads, time, pieces }: Subject,
  text: PieceText,
): Promise<Measure[]> {
  const { vocabSize } = pieces;
  const { loss, accuracy } = await maskedScore(model, windowsOf(text.heldOut, time), pieces, { numHeads });
  const { unigram, bigram, between } = neighbourGuesses(text.train, text.heldOut);
  const nGram = (order: number) => nGramLoss(text.train, text.heldOut, { order, vocabSize });
  return [
    {
      name: "hidden pieces named",
      unit: "share of hidden pieces",
      value: accuracy,
      baselines: [
        { name: "the most frequent piece", value: unigram },
        { name: "the most frequent after the piece before", value: bigram },
        { name: "the most frequent between both neighbours", value: between },
      ],
      lowerIsBetter: false,
    },
    {
      name: "loss on hidden pieces",
      unit: "nats per piece",
      value: loss,
      baselines: [
        { name: "shares of the pieces alone", value: nGram(1) },
        { name: "bigram model", value: nGram(2) },
      ],
      lowerIsBetter: true,
    },
  ];
}

/** The loss on another text after a short training on it, beside the same from scratch. */
export async function otherText(
  { model, start, numHeads, time, pieces }: Subject,
  text: PieceText,
): Promise<Measure> {
  const steps = 60;
  const windows = windowsOf(text.heldOut, time);
  const lossOf = async (model: LanguageModel) =>
    (await maskedScore(model, windows, pieces, { numHeads })).loss;
  const after = async (parameters: LanguageModel) => {
    const trained = await train({
      parameters,
      steps,
      stage: "fine-tuning",
      optimiser: { learningRate: cosine({ learningRate: 1e-3, warmup: 10, steps }), beta2: 0.95, clip: 1 },
      loss: (model, step) => {
        const { mask, vocabSize } = pieces;
        const windows = { tokens: 8 * time, time };
        return maskedLoss(model, text.train, random(2_000_000 + step), windows, {
          mask,
          vocabSize,
          numHeads,
        });
      },
    });
    const loss = await lossOf(trained.parameters);
    tf.dispose(trained.parameters);
    return loss;
  };
  return {
    name: `loss on hidden pieces of State of the Union addresses after ${steps} steps on them`,
    unit: "nats per piece",
    value: await after(model),
    baselines: [
      { name: "as long from scratch", value: await after(start) },
      { name: "the model before these steps", value: await lossOf(model) },
      {
        name: "shares of the pieces in the addresses",
        value: nGramLoss(text.train, text.heldOut, { order: 1, vocabSize: pieces.vocabSize }),
      },
    ],
    lowerIsBetter: true,
  };
}

/** How well its features tell spam from ham, as they are and after training. */
export async function onMail({ model, start, numHeads, time, pieces }: Subject): Promise<Measure[]> {
  const reading = { numHeads, time, encode: pieces.encode };
  const tuning = { steps: 120, learningRate: 1e-3, size: 750 };
  return [
    {
      name: "spam told from ham by a linear probe of the mean features",
      unit: "share of test mails",
      value: await mailProbe(model, reading),
      baselines: [
        { name: "of the network before any training", value: await mailProbe(start, reading) },
        { name: "of the shares of pieces in a mail", value: await bagProbe(pieces.vocabSize, reading) },
      ],
      lowerIsBetter: false,
    },
    {
      name: `spam told from ham after ${tuning.steps} steps of training on ${tuning.size} mails`,
      unit: "share of test mails",
      value: await tunedOnMail(model, reading, tuning),
      baselines: [{ name: "as long from scratch", value: await tunedOnMail(start, reading, tuning) }],
      lowerIsBetter: false,
    },
  ];
}
