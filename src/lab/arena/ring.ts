import * as tf from "@tensorflow/tfjs-core";
import { type Mail, mail } from "#lab/dataset/mail";
import { mobyDick } from "#lab/dataset/text";
import type { LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

/** Where methods meet: what is the same for all of them. */
export interface Ring {
  /** `tiny-gpt` with biases of zero. */
  model: LanguageModel;
  /** Mails to train on. */
  mails: Mail[];
  /** Mails that choose learning rates. */
  validationMails: Mail[];
  testMails: Mail[];
  /** Text of pre-training that was held out. */
  text: Int32Array;
  /** Steps of AdamW; a method without gradients gets half as many again, which takes the same FLOPs. */
  steps: number;
  batchSize: number;
  /** Characters of a mail that are read. */
  time: number;
}

/** The heads of its model. */
export const numHeads = 4;

/** Mails that are kept from training, to choose learning rates. */
const kept = 120;

/** A ring of this size, with as many mails to choose rates (at most 120) and to test. */
export async function ringOf(
  size: Pick<Ring, "steps" | "batchSize" | "time"> & { validated: number; tested: number },
): Promise<Ring> {
  const { validated, tested, ...rest } = size;
  const [{ train, test }, text] = [await mail({ heldOut: 0.4 }), await mobyDick()];
  return {
    ...rest,
    model: withBiases((await pretrained("tiny-gpt")) as LanguageModel),
    mails: train.slice(0, -kept),
    validationMails: train.slice(-kept).slice(0, validated),
    testMails: test.slice(0, tested),
    text: text.heldOut,
  };
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
