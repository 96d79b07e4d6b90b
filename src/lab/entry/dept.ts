import * as tf from "@tensorflow/tfjs-core";
import { contender, type Entry } from "#lab/arena/contender";
import { openingVectors } from "#lab/entry/opening";

/** Prompt tokens that the budget would buy, those that are kept, and positions that A B is added to. */
const [budget, m, s] = [8, 4, 48];

/**
 * DePT: a prompt half as long as its budget, and A B added to the embedded characters, with r from what is left; the
 * prompt begins as a text that the model knows, and learns ten times as fast as A and B.
 */
export const enter: Entry = (model, draw) => {
  const [longest, d] = model.positions.shape;
  const r = Math.floor(((budget - m) * d) / (s + d));
  const bound = 1 / Math.sqrt(r);
  const parameters = {
    prompt: openingVectors(model, m),
    A: draw.uniform([s, r], -bound, bound),
    B: tf.zeros<tf.Rank.R2>([r, d]),
  };
  return contender(
    parameters,
    ({ prompt, A, B }) => {
      const offset = tf.pad(tf.matMul(A, B), [
        [0, longest - s],
        [0, 0],
      ]); // [longest, d]
      return { model: { ...model, positions: tf.add(model.positions, offset) }, options: { prompt } };
    },
    { treatment: (path) => ({ learningRate: path === "prompt" ? 1 : 0.1 }) },
  );
};
