import * as tf from "@tensorflow/tfjs-core";
import { type Mail, mail } from "#lab/dataset/mail";
import { readMatrix, type SmallMatrix, smallMatrix } from "#lab/linear-algebra";
import { crossEntropy } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { padded } from "#lab/padding";
import { random } from "#lab/random";
import { classifyText, type Encoder, initTextClassifier, textFeatures } from "#lab/text-classifier";
import { train } from "#lab/training";
import type { LanguageModel } from "#lab/transformer";
import { type LabelledFeatures, probeAccuracy } from "#zoo/linear-probe";

/** What a model's tensors do not tell, and how a text becomes tokens. */
export interface Reading {
  numHeads: number;
  /** The longest text, in tokens; longer ones are cut. */
  time: number;
  encode: (text: string) => Int32Array;
}

/** How many mails go through a model at once, where none is trained. */
const atOnce = 50;

/** The share, 0 to 1, of test mails that a linear probe on the features of a model tells to be spam or ham. */
export function mailProbe(encoder: Encoder, reading: Reading): Promise<number> {
  return probed((mails) => mailFeatures(encoder, mails, reading));
}

/** The same for a probe on the share of each token in a mail: what needs no model. */
export function bagProbe(vocabSize: number, { time, encode }: Reading): Promise<number> {
  return probed((mails) => {
    const shares = new Float64Array(mails.length * vocabSize);
    mails.forEach(({ text }, row) => {
      const tokens = encode(text).subarray(0, time);
      for (const token of tokens) shares[row * vocabSize + token]! += 1 / tokens.length;
    });
    return smallMatrix(shares, [mails.length, vocabSize]);
  });
}

/** The share of test mails that a model tells right after being trained on `size` of the others, its body included. */
export async function tunedOnMail(
  start: LanguageModel,
  { numHeads, time, encode }: Reading,
  { steps, learningRate, size }: { steps: number; learningRate: number; size: number },
): Promise<number> {
  const mails = await mail();
  const known = mails.train.slice(0, size);
  const read = (some: Mail[]) =>
    padded(
      some.map(({ text }) => encode(text)),
      time,
    );
  const { parameters } = await train({
    parameters: initTextClassifier(random(0), start, 2, 0.02),
    steps,
    stage: "fine-tuning on mail",
    optimiser: { learningRate: cosine({ learningRate, warmup: 10, steps }), clip: 1 },
    loss: (model, step) => {
      const drawn = Array.from(random(3_000_000 + step).integers(16, size), (at) => known[at]!);
      const labels = tf.tensor1d(
        drawn.map(({ label }) => label),
        "int32",
      );
      return crossEntropy(classifyText(model, read(drawn), numHeads), labels);
    },
  });
  let right = 0;
  for (let first = 0; first < mails.test.length; first += atOnce) {
    const some = mails.test.slice(first, first + atOnce);
    const answers = tf.tidy(() => tf.argMax(classifyText(parameters, read(some), numHeads), -1));
    const found = await answers.data();
    answers.dispose();
    right += some.filter(({ label }, at) => found[at] === label).length;
  }
  tf.dispose(parameters);
  return right / mails.test.length;
}

async function probed(features: (mails: Mail[]) => SmallMatrix | Promise<SmallMatrix>): Promise<number> {
  const mails = await mail();
  const labelled = async (some: Mail[]): Promise<LabelledFeatures> => ({
    features: await features(some),
    labels: some.map(({ label }) => label),
  });
  return probeAccuracy(await labelled(mails.train), await labelled(mails.test), { classes: 2 });
}

/** The features of mails [count, dModel]. */
async function mailFeatures(
  encoder: Encoder,
  mails: Mail[],
  { numHeads, time, encode }: Reading,
): Promise<SmallMatrix> {
  const values: number[] = [];
  for (let first = 0; first < mails.length; first += atOnce) {
    const texts = mails.slice(first, first + atOnce).map(({ text }) => encode(text));
    const features = tf.tidy(() => textFeatures(encoder, padded(texts, time), numHeads));
    values.push(...(await readMatrix(features)).values);
    features.dispose();
  }
  return smallMatrix(values, [mails.length, values.length / mails.length]);
}
