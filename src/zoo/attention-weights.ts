import * as tf from "@tensorflow/tfjs-core";
import type { BlockOptions } from "#lab/transformer";

/**
 * The attention weights of a block in a forward pass over one example: [heads][queries][keys].
 * @param l the block, from 1
 * @param pass the forward pass, with options to hand to the model
 * @throws when the pass does not come by that block, or is over more than one example
 */
export async function attentionWeights(
  l: number,
  pass: (options: BlockOptions) => tf.Tensor,
): Promise<number[][][]> {
  let kept: tf.Tensor4D | undefined;
  tf.dispose(
    pass({
      attention: (block) =>
        block !== l
          ? {}
          : {
              hooks: { weights: (weights) => ((kept = tf.keep(tf.clone(weights as tf.Tensor4D))), weights) },
            },
    }),
  );
  if (!kept) throw new Error(`attentionWeights: expected a pass through block ${l}, got one without it`);
  try {
    if (kept.shape[0] !== 1)
      throw new Error(`attentionWeights: expected one example, got a batch of ${kept.shape[0]}`);
    return (await kept.array())[0]!;
  } finally {
    kept.dispose();
  }
}
