import * as tf from "@tensorflow/tfjs-core";
import type { Contender } from "#lab/arena/contender";
import { type Head, mailBatch, mailLogits } from "#lab/arena/mail-class";
import type { Ring } from "#lab/arena/ring";
import { initBias, initLinear } from "#lab/layer";
import { crossEntropy, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { flatten, mapParameters, type Parameters } from "#lab/parameter";
import { random } from "#lab/random";
import { selectedPaths } from "#lab/selection";
import { session } from "#lab/session";
import { train } from "#lab/training";

/** All that a contender trains or could train. */
export type Whole = { own: Parameters; head: Head };

/** At which every method trains the head. */
const headRate = 1e-2;

/** The paths in { own, head } that are trained. */
export function movingLeaves({ parameters, trains }: Contender, whole: Whole): string[] {
  const own = trains ? selectedPaths(parameters, trains) : Object.keys(flatten(parameters));
  return [...own.map((path) => `own.${path}`), ...Object.keys(flatten({ head: whole.head }))];
}

/** What the contender and the head come to at this rate; the seed draws the head and the batches. */
export async function tune(
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
  const loss = (whole: Whole, n: number) => {
    const places = random(1_000_000 * (seed + 1) + n).integers(ring.batchSize, ring.mails.length);
    const { tokens, labels } = mailBatch(
      Array.from(places, (place) => ring.mails[place]!),
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
