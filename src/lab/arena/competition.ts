import * as tf from "@tensorflow/tfjs-core";
import type { Changed, Entry } from "#lab/arena/contender";
import { type Head, mailBatch, mailLogits } from "#lab/arena/mail-class";
import { numHeads, type Ring } from "#lab/arena/ring";
import { movingLeaves, tune } from "#lab/arena/tuning";
import type { Mail } from "#lab/dataset/mail";
import { spacedBatch } from "#lab/dataset/text";
import { countFlops } from "#lab/flops";
import { countPeakBytes } from "#lab/memory";
import { accuracy, crossEntropy, read } from "#lab/metric";
import { flatten } from "#lab/parameter";
import { random } from "#lab/random";
import { forward } from "#lab/transformer";

/*
 * An arena for ways to tune a model: the same model, task, data, number of steps and head for all; each says in one
 * function, its entry, what it trains and how the model computes with that.
 */

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
        const { logits, labels } = judge(mails, ring.time, result, whole.head);
        return measure(logits, labels);
      }),
    );
  const forgetting = (await textLoss(ring, result)) - (await textLoss(ring, { model: ring.model }));
  const moving = movingLeaves(own, { own: own.parameters, head: whole.head });
  return {
    trained: moving.reduce((sum, path) => sum + flatten({ ...whole })[path]!.size, 0),
    flops: flops.read(),
    bytes: peak.read() - before,
    accuracy: await measured(ring.testMails, accuracy),
    validation: await measured(ring.validationMails, crossEntropy),
    forgetting,
    result,
  };
}

/** Mails that are judged at one time: attention over all of them at once would take a gigabyte. */
const atOnce = 50;

/** The logits [mails, 2] of mails, and what they are [mails]. */
export function judge(mails: Mail[], time: number, result: Changed, head: Head) {
  const pieces = Array.from({ length: Math.ceil(mails.length / atOnce) }, (_, i) => {
    const { tokens, labels } = mailBatch(mails.slice(i * atOnce, (i + 1) * atOnce), time);
    return { logits: mailLogits(result, head, tokens), labels };
  });
  return {
    logits: tf.concat(pieces.map(({ logits }) => logits)),
    labels: tf.concat(pieces.map(({ labels }) => labels)),
  };
}

/** The loss on the text of pre-training, with the head of then, in nats per character. */
function textLoss({ text, batchSize, time }: Ring, { model, options }: Changed): Promise<number> {
  const { inputs, targets } = spacedBatch(text, 4 * batchSize, time);
  return read(tf.tidy(() => crossEntropy(forward(model, inputs, numHeads, options), targets)));
}
