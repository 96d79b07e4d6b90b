import * as tf from "@tensorflow/tfjs-core";
import { digits, randomImages } from "#lab/dataset/digits";
import { needle } from "#lab/dataset/recall";
import { random } from "#lab/random";

/** Sequences that all begin with the mark, where a model reads the class, and their classes. */
export interface SequenceBatch {
  tokens: tf.Tensor2D; // int32 [size, time]
  labels: tf.Tensor1D; // int32 [size]
}

/** A task: from a seed and a number of sequences to a batch. Seed 0 is to test with: its images are in no other. */
export type SequenceTask = (seed: number, size: number) => SequenceBatch;

/** Both tasks have tokens below 32 and at most 10 classes. The mark is token 31. */
export const suiteShape = { vocabSize: 32, classes: 10, mark: 31 } as const;

/**
 * Two tasks that ask for different things of a model:
 * `needle`, 48 tokens: a key among random fillers, anywhere in the last three quarters; which of 8?
 * `pixels`, 64 tokens: a digit of 8×8 pixels row by row, in 16 levels of ink; which of 10?
 */
export async function sequenceSuite(): Promise<Record<"needle" | "pixels", SequenceTask>> {
  const images = await digits({ side: 8 });
  return {
    needle(seed, size) {
      const { tokens, answers } = needle(random(seed), size, 48);
      return marked(tokens, answers);
    },
    pixels(seed, size) {
      const set = randomImages(seed ? images.train : images.test, random(seed), size);
      return marked(
        Int32Array.from(set.images, (ink) => Math.round(15 * ink)),
        set.labels,
      );
    },
  };
}

function marked(tokens: Int32Array, labels: Int32Array): SequenceBatch {
  const time = tokens.length / labels.length;
  for (let place = 0; place < tokens.length; place += time) tokens[place] = suiteShape.mark;
  return { tokens: tf.tensor2d(tokens, [labels.length, time]), labels: tf.tensor1d(labels) };
}
