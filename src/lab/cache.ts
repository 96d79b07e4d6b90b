import * as tf from "@tensorflow/tfjs-core";
import { selfAttention } from "#lab/attention";
import { embed, layerNorm, linear } from "#lab/layer";
import { feedForward, type LanguageModel } from "#lab/transformer";

/** Which tokens stay in a layer's cache. */
export interface Eviction {
  numHeads: number;
  /**
   * The places that stay, in ascending order, of the normalised inputs [1, alive, dModel] in the cache of block l (from
   * 1), the newest token's as the last one.
   */
  stay: (inputs: tf.Tensor3D, l: number) => Promise<number[]>;
}

/** What decoding with a cache gives. */
export interface Decoded {
  logits: tf.Tensor3D; // [1, time, vocabSize]
  /** Tokens in each layer's cache after the last step. */
  sizes: number[];
}

/**
 * The logits of one sequence, token by token, from caches that tokens are taken out of before they are attended to. A
 * cache holds the normalised inputs that keys and values are made from: what is not in it cannot be seen.
 * @param tokens int32 [1, time]
 * @throws when there is more than one sequence, or the newest token does not stay
 */
export async function decodeWithCache(
  model: LanguageModel,
  tokens: tf.Tensor2D,
  { numHeads, stay }: Eviction,
): Promise<Decoded> {
  const [batchSize, time] = tokens.shape;
  if (batchSize !== 1)
    throw new Error(`decodeWithCache: expected one sequence [1, time], got shape [${tokens.shape}]`);
  const cache: tf.Tensor3D[] = [];
  const logits: tf.Tensor3D[] = [];
  for (let n = 0; n < time; n++) {
    let x = tf.tidy(() => {
      const token = embed(tf.slice(tokens, [0, n], [1, 1]), model.tokens);
      return tf.add(token, tf.slice(model.positions, n, 1)); // [1, 1, dModel]
    });
    for (const [index, block] of model.blocks.entries()) {
      const all = tf.tidy(() => {
        const h = layerNorm(x, block.norm1) as tf.Tensor3D;
        return n > 0 ? tf.concat([cache[index]!, h], 1) : h;
      });
      const staying = await stay(all, index + 1);
      if (staying.at(-1) !== all.shape[1] - 1) {
        throw new Error(
          `decodeWithCache: expected the newest token, place ${all.shape[1] - 1}, to stay, got [${staying}]`,
        );
      }
      const [kept, next] = tf.tidy(() => {
        const kept = tf.gather(all, tf.tensor1d(staying, "int32"), 1);
        const attended = selfAttention(kept, block.attention, { numHeads });
        const middle = tf.add(x, tf.slice(attended, [0, staying.length - 1, 0]));
        return [kept, tf.add(middle, feedForward(layerNorm(middle, block.norm2), block.feedForward))];
      });
      tf.dispose([all, x, ...(n > 0 ? [cache[index]!] : [])]);
      [cache[index], x] = [kept as tf.Tensor3D, next!];
    }
    logits.push(tf.tidy(() => linear(layerNorm(x, model.norm), model.head) as tf.Tensor3D));
    x.dispose();
  }
  const sizes = cache.map(({ shape }) => shape[1]);
  const all = tf.concat(logits, 1);
  tf.dispose([...cache, ...logits]);
  return { logits: all, sizes };
}
