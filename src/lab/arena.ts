import * as tf from "@tensorflow/tfjs-core";
import { type Mail, mail } from "#lab/dataset/mail";
import { encode, mobyDick, spacedBatch } from "#lab/dataset/text";
import { countFlops } from "#lab/flops";
import { initBias, initLinear, layerNorm, linear } from "#lab/layer";
import { countPeakBytes } from "#lab/memory";
import { accuracy, crossEntropy, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { flatten, mapParameters, type Parameters } from "#lab/parameter";
import { random, type Random } from "#lab/random";
import { selectedPaths, type Selection } from "#lab/selection";
import { session } from "#lab/session";
import { train } from "#lab/training";
import type { Treatment } from "#lab/treatment";
import { type ForwardOptions, forward, type LanguageModel, trace } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

/*
 * An arena for ways to tune a model: the same model, task, data, number of steps and head for all; each says in one
 * function, its entry, what it trains and how the model computes with that.
 */

/** A model as a method changed it: its weights, and what is varied in its forward pass. */
export interface Changed {
  model: LanguageModel;
  options?: ForwardOptions;
}

/** What a method trains, beside the head that all train. */
export interface Contender {
  parameters: Parameters;
  changed: (parameters: Parameters) => Changed;
  /** Which leaves of `parameters` are trained; all if left out. */
  trains?: Selection;
  treatment?: (path: string) => Treatment;
  /** The weights that compute the same without the method, where there are such. */
  merged?: (parameters: Parameters) => LanguageModel;
  /** A step without gradients, in place of AdamW; F is the loss of the step's batch. */
  step?: (F: (W: tf.Tensor[]) => tf.Scalar, W: tf.Tensor[], n: number, rate: number) => tf.Tensor[];
}

/**
 * How a method enters: what it trains of a model with biases, drawn from `draw` where it is random.
 * Read-only: the model's tensors belong to the arena.
 */
export type Entry = (model: LanguageModel, draw: Random) => Contender;

/** A contender from parameters of any type. */
export function contender<P extends Parameters>(
  parameters: P,
  changed: (parameters: P) => Changed,
  more: Omit<Contender, "parameters" | "changed" | "merged"> & {
    merged?: (parameters: P) => LanguageModel;
  } = {},
): Contender {
  return { parameters, changed, ...more } as Contender;
}

/** Where methods meet: what is the same for all of them. */
export interface Ring {
  /** `tiny-gpt` with biases of zero. */
  model: LanguageModel;
  /** Mails to train on; the last 120 only choose learning rates. */
  mails: Mail[];
  testMails: Mail[];
  /** Text of pre-training that was held out. */
  text: Int32Array;
  /** Steps of AdamW; a method without gradients gets half as many again, which takes the same FLOPs. */
  steps: number;
  batchSize: number;
  /** Characters of a mail that are read. */
  time: number;
}

/** What a method came to. */
export interface Outcome {
  /** Numbers trained, the head's included. */
  trained: number;
  /** FLOPs of all training steps. */
  flops: number;
  /** Bytes of the tensors that training holds at one time, at most, beside what was there before. */
  bytes: number;
  /** Share of the test mails that are told right. */
  accuracy: number;
  /** Loss on the mails that choose learning rates, in nats. */
  validation: number;
  /** Rise of the loss on the text of pre-training, in nats per character. */
  forgetting: number;
}

type Head = { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [dModel, 2], [2]
type Whole = { own: Parameters; head: Head };

const numHeads = 4;
const validated = 120;
/** At which every method trains the head. */
const headRate = 1e-2;

/** A ring of this size, with as many test mails. */
export async function ringOf(
  size: Pick<Ring, "steps" | "batchSize" | "time"> & { tested: number },
): Promise<Ring> {
  const { tested, ...rest } = size;
  const [{ train, test }, text] = [await mail({ heldOut: 0.4 }), await mobyDick()];
  const model = withBiases((await pretrained("tiny-gpt")) as LanguageModel);
  return { ...rest, model, mails: train, testMails: test.slice(0, tested), text: text.heldOut };
}

/** The same model, whose linear maps have biases of zero. */
export function withBiases(model: LanguageModel): LanguageModel {
  const zeros = (W: tf.Tensor2D) => tf.zeros<tf.Rank.R1>([W.shape[1]]);
  const blocks = model.blocks.map(({ norm1, attention, norm2, feedForward }) => {
    const { query, key, value, output } = attention;
    const mixing = { query: zeros(query), key: zeros(key), value: zeros(value), output: zeros(output) };
    const mapping = { hidden: zeros(feedForward.hidden), output: zeros(feedForward.output) };
    return {
      norm1,
      attention: { ...attention, biases: mixing },
      norm2,
      feedForward: { ...feedForward, biases: mapping },
    };
  });
  return { ...model, blocks };
}

/** Logits [batch, 2] of mails: the last normalised stream, averaged over the characters, through the head. */
export function mailLogits({ model, options }: Changed, head: Head, tokens: tf.Tensor2D): tf.Tensor2D {
  const [batchSize, time] = tokens.shape;
  const stream = trace(model, tokens, numHeads, options).residuals.at(-1)!;
  // A prompt stands before the characters; they alone are averaged.
  const own = tf.slice(stream, [0, stream.shape[1]! - time, 0], [batchSize, time, -1]);
  return linear(tf.mean(layerNorm(own, model.norm), 1), head.weight, head.bias) as tf.Tensor2D;
}

/** The first characters of mails, as tokens [mails, time], and what they are [mails]: 1 for spam. */
export function mailBatch(
  mails: readonly Mail[],
  time: number,
): { tokens: tf.Tensor2D; labels: tf.Tensor1D } {
  const rows = mails.map(({ text }) => Array.from(encode(text).subarray(0, time)));
  return {
    tokens: tf.tensor2d(rows, [mails.length, time], "int32"),
    labels: tf.tensor1d(
      mails.map(({ label }) => label),
      "int32",
    ),
  };
}

/** What a method comes to at a learning rate; the seed draws its parameters, the head and the batches. */
export async function compete(
  ring: Ring,
  name: string,
  entry: Entry,
  { rate, seed }: { rate: number; seed: number },
): Promise<Outcome & { result: Changed }> {
  const own = entry(ring.model, random(seed));
  const before = tf.memory().numBytes;
  const [flops, peak] = [countFlops(), countPeakBytes()];
  const whole = await tune(ring, own, { rate, seed, stage: `${name}, seed ${seed}` }).finally(() => {
    flops.stop();
    peak.stop();
  });
  const result = own.changed(whole.own);
  const measured = (mails: Mail[], measure: typeof crossEntropy) =>
    read(
      tf.tidy(() => {
        const { tokens, labels } = mailBatch(mails, ring.time);
        return measure(mailLogits(result, whole.head, tokens), labels);
      }),
    );
  const forgetting = (await textLoss(ring, result)) - (await textLoss(ring, { model: ring.model }));
  const moving = movingLeaves(own, { own: own.parameters, head: whole.head });
  return {
    trained: moving.reduce((sum, path) => sum + flatten({ ...whole })[path]!.size, 0),
    flops: flops.read(),
    bytes: peak.read() - before,
    accuracy: await measured(ring.testMails, accuracy),
    validation: await measured(ring.mails.slice(-validated), crossEntropy),
    forgetting,
    result,
  };
}

/** The loss on the text of pre-training, with the head of then, in nats per character. */
function textLoss({ text, batchSize, time }: Ring, { model, options }: Changed): Promise<number> {
  const { inputs, targets } = spacedBatch(text, 4 * batchSize, time);
  return read(tf.tidy(() => crossEntropy(forward(model, inputs, numHeads, options), targets)));
}

/** The paths in { own, head } that are trained. */
function movingLeaves({ parameters, trains }: Contender, whole: Whole): string[] {
  const own = trains ? selectedPaths(parameters, trains) : Object.keys(flatten(parameters));
  return [...own.map((path) => `own.${path}`), ...Object.keys(flatten({ head: whole.head }))];
}

async function tune(
  ring: Ring,
  own: Contender,
  { rate, seed, stage }: { rate: number; seed: number; stage: string },
): Promise<Whole> {
  const draw = random(seed);
  const dModel = ring.model.positions.shape[1];
  const head: Head = {
    weight: initLinear(draw, dModel, 2, "uniform fan-in"),
    bias: initBias(draw, dModel, 2, "uniform fan-in"),
  };
  const parameters: Whole = { own: own.parameters, head };
  const moving = movingLeaves(own, parameters);
  const trained = ring.mails.slice(0, -validated);
  const loss = (whole: Whole, n: number) => {
    const places = random(1_000_000 * (seed + 1) + n).integers(ring.batchSize, trained.length);
    const { tokens, labels } = mailBatch(
      Array.from(places, (place) => trained[place]!),
      ring.time,
    );
    return crossEntropy(mailLogits(own.changed(whole.own), whole.head, tokens), labels);
  };
  if (own.step) return withoutGradients(ring, own.step, parameters, { moving, loss, rate, stage });
  const { steps } = ring;
  const tuned = await train({
    ...{ parameters, steps, stage, loss, trains: (path: string) => moving.includes(path) },
    optimiser: {
      learningRate: cosine({ learningRate: rate, warmup: Math.min(10, steps - 1), steps }),
      clip: 1,
    },
    treatment: (path) =>
      path.startsWith("own.") ? (own.treatment?.(path.slice(4)) ?? {}) : { learningRate: headRate / rate },
  });
  return tuned.parameters;
}

async function withoutGradients(
  { steps }: Ring,
  step: NonNullable<Contender["step"]>,
  start: Whole,
  given: { moving: string[]; loss: (whole: Whole, n: number) => tf.Scalar; rate: number; stage: string },
): Promise<Whole> {
  const { moving, loss, rate, stage } = given;
  const wholeWith = (W: readonly tf.Tensor[]): Whole =>
    mapParameters(start, (tensor, path) => W[moving.indexOf(path)] ?? tensor);
  const all = flatten(start);
  let W = moving.map((path) => tf.clone(all[path]!));
  const end = Math.ceil(1.5 * steps);
  for (let n = 0; n < end; n++) {
    session().signal?.throwIfAborted();
    const [next, value] = tf.tidy(() => {
      const losses: tf.Scalar[] = [];
      const F = (W: tf.Tensor[]) => losses[losses.push(loss(wholeWith(W), n)) - 1]!;
      const moved = step(F, W, n, rate * (1 - n / end));
      return [moved, losses[0]!];
    });
    tf.dispose(W);
    W = next;
    session().onProgress?.({ stage, step: n + 1, steps: end, loss: await read(value) });
  }
  return wholeWith(W);
}
