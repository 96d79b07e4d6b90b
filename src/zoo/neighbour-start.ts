import * as tf from "@tensorflow/tfjs-core";
import type { Attention } from "#lab/attention";
import type { Random } from "#lab/random";
import { initLanguageModel, type LanguageModel, type Shape } from "#lab/transformer";

/** How far from the query each head looks at first, in tokens. */
const offsets = [-1, 1, -2, 2];

/**
 * A language model whose heads look at a neighbour before any training, each at another one: at 1 token before, 1 after,
 * 2 before, 2 after. A masked model of few tokens then need not find its neighbours first.
 *
 * Positions are waves, sin and cos of w t, and each key map is the query map turned by the offset's phase, so that
 * q(t) · k(s) is largest at s = t + offset. Query and key maps that match are those of Trockman & Kolter, "Mimetic
 * Initialization of Self-Attention Layers" (arXiv 2305.09828); other weights are from N(0, std²).
 * @throws when dModel is not even, or there are more heads than offsets
 */
export function initNeighbourly(random: Random, shape: Shape, std: number): LanguageModel {
  const { time, dModel, numHeads } = shape;
  if (dModel % 2 !== 0 || numHeads > offsets.length)
    throw new Error(
      `initNeighbourly: expected an even dModel and at most ${offsets.length} heads, got ${dModel} and ${numHeads}`,
    );
  const model = initLanguageModel(random, shape, std);
  const turned = (attention: Attention): Attention => {
    const query = tf.mul(attention.query, 3) as tf.Tensor2D; // sharp enough to see
    const parts = tf
      .split(query, numHeads, 1)
      .map((part, head) => turn(part, frequencies(time, dModel), offsets[head]!));
    return { ...attention, query, key: tf.concat(parts, 1) as tf.Tensor2D };
  };
  return {
    ...model,
    // As large as the waves, or what blocks add would drown both.
    tokens: tf.mul(model.tokens, 0.5 / std),
    positions: waves(time, dModel),
    blocks: model.blocks.map((block) => ({ ...block, attention: turned(block.attention) })),
  };
}

/** The frequencies w of positions, in radians per token: from half a turn down to one turn in the whole context. */
function frequencies(time: number, dModel: number): number[] {
  const pairs = dModel / 2;
  return Array.from({ length: pairs }, (_, i) => Math.PI * (2 / time) ** (i / Math.max(1, pairs - 1)));
}

/** sin(w t) in the features 2i and cos(w t) in the features 2i + 1 (as Vaswani et al. 2017, section 3.5): [time, dModel]. */
export function waves(time: number, dModel: number): tf.Tensor2D {
  const w = frequencies(time, dModel);
  const rows = Array.from({ length: time }, (_, t) => w.flatMap((w) => [Math.sin(w * t), Math.cos(w * t)]));
  return tf.tensor2d(rows, [time, dModel]);
}

/** W' with wave(t)ᵀ W' = wave(t - offset)ᵀ W: each pair of rows turned by w offset. */
function turn(W: tf.Tensor, w: number[], offset: number): tf.Tensor {
  const pairs = tf.reshape(W, [w.length, 2, -1]);
  const [sines, cosines] = tf.split(pairs, 2, 1) as [tf.Tensor, tf.Tensor]; // [pairs, 1, dHead]
  const cos = tf.tensor3d(
    w.map((w) => Math.cos(w * offset)),
    [w.length, 1, 1],
  );
  const sin = tf.tensor3d(
    w.map((w) => Math.sin(w * offset)),
    [w.length, 1, 1],
  );
  const first = tf.add(tf.mul(sines, cos), tf.mul(cosines, sin));
  const second = tf.sub(tf.mul(cosines, cos), tf.mul(sines, sin));
  return tf.reshape(tf.concat([first, second], 1), W.shape);
}
