import * as tf from "@tensorflow/tfjs-core";
import { contender, type Entry } from "#lab/arena/contender";
import { numHeads } from "#lab/arena/ring";
import { attend, type AttentionKernel, type Hook } from "#lab/attention";
import { openingTokens } from "#lab/entry/opening";
import { type LanguageModel, trace } from "#lab/transformer";

/** Vectors before the keys and the values of every layer. */
const length = 8;

/** The keys and values [1, heads, length, dHead] that each block has for a text that the model knows. */
function known(model: LanguageModel): { k: tf.Tensor4D; v: tf.Tensor4D }[] {
  const collect: tf.Tensor[] = [];
  const keep: Hook = (heads) => void collect.push(heads);
  const attention = () => ({ hooks: { keys: keep, values: keep } });
  const { collected } = trace(model, openingTokens(length), numHeads, { attention, collect });
  return model.blocks.map((_, l) => ({
    k: collected[2 * l] as tf.Tensor4D,
    v: collected[2 * l + 1] as tf.Tensor4D,
  }));
}

/**
 * Prefix tuning: trained keys and values in every layer, seen by all positions; not written as a network's output. They
 * begin as those of a real text (Li & Liang 2021, arXiv 2101.00190, on initialisation).
 */
export const enter: Entry = (model) =>
  contender(known(model), (all) => {
    const before = (P: tf.Tensor4D, X: tf.Tensor4D): tf.Tensor4D =>
      tf.concat([tf.add<tf.Tensor4D>(tf.zeros([X.shape[0], 1, 1, 1]), P), X], 2);
    const kernel = (l: number): AttentionKernel => {
      const { k, v } = all[l - 1]!;
      return (Q, K, V, mask) => {
        const seen = tf.pad(mask!, [
          [0, 0],
          [length, 0],
        ]);
        return attend(Q, before(k, K), before(v, V), seen);
      };
    };
    return { model, options: { attention: (l) => ({ kernel: kernel(l) }) } };
  });
