import * as tf from "@tensorflow/tfjs-core";
import { type Init, initBias, initLinear, linear } from "#lab/layer";
import type { Random } from "#lab/random";

/** The four projections of multi-head attention, heads side by side in their columns. */
export type Attention = {
  query: tf.Tensor2D; // [dModel, dModel]
  key: tf.Tensor2D; // [dModel, dModel]
  value: tf.Tensor2D; // [dModel, dModel]
  output: tf.Tensor2D; // [dModel, dModel]
  /** [dModel] each; left out in a model without biases. */
  biases?: { query: tf.Tensor1D; key: tf.Tensor1D; value: tf.Tensor1D; output: tf.Tensor1D };
};

/** What may be done with the scores inside a kernel. */
export interface ScoreHooks {
  /** Scores before the softmax, scaled and masked: [batch, heads, time, time]. */
  scores?: Hook;
  /** Attention weights after the softmax: [batch, heads, time, time]. */
  weights?: Hook;
}

/** Looks at a tensor of rank 4, and returns another one to go on with, or nothing to leave it as it is. */
export type Hook = (tensor: tf.Tensor4D) => tf.Tensor4D | void;

/** Where a caller may look into attention and change it. Keys and values may be made longer than the queries. */
export interface AttentionHooks extends ScoreHooks {
  /** [batch, heads, time, dHead], before the scaling by 1/√dHead. */
  queries?: Hook;
  /** [batch, heads, time, dHead] */
  keys?: Hook;
  /** [batch, heads, time, dHead] */
  values?: Hook;
  /** What each head found, before the projection that mixes heads: [batch, heads, time, dHead]. */
  outputs?: Hook;
}

/**
 * How heads attend: any function of Q, K, V [batch, heads, time, dHead] and a mask that broadcasts to the scores
 * [batch, heads, time, time]. A kernel that has scores applies the hooks to them.
 */
export type AttentionKernel = (
  Q: tf.Tensor4D,
  K: tf.Tensor4D,
  V: tf.Tensor4D,
  mask?: tf.Tensor,
  hooks?: ScoreHooks,
) => tf.Tensor4D;

/** What may be varied in multi-head attention. */
export interface AttentionOptions {
  numHeads: number;
  /** Added to the scores; see `causalMask` and `paddingMask`. None attends in both directions. */
  mask?: tf.Tensor;
  /** How heads attend; `attend`, the softmax of scaled products, if left out. */
  kernel?: AttentionKernel;
  hooks?: AttentionHooks;
}

/** Four projections drawn as `initLinear` draws; biases only where they are asked for. */
export function initAttention(random: Random, dModel: number, init: Init, biases = false): Attention {
  const weights = {
    query: initLinear(random, dModel, dModel, init),
    key: initLinear(random, dModel, dModel, init),
    value: initLinear(random, dModel, dModel, init),
    output: initLinear(random, dModel, dModel, init),
  };
  if (!biases) return weights;
  const bias = () => initBias(random, dModel, dModel, init);
  return { ...weights, biases: { query: bias(), key: bias(), value: bias(), output: bias() } };
}

/** 0 where position t may look at s (s ≤ t), -1e9 where it may not: added to the scores before the softmax. */
export function causalMask(time: number): tf.Tensor2D {
  const hidden = Float32Array.from({ length: time * time }, (_, index) =>
    index % time > Math.floor(index / time) ? -1e9 : 0,
  );
  return tf.tensor2d(hidden, [time, time]); // [time, time]
}

/** As `causalMask`, and -1e9 too where s is not among the `width` last positions, t itself included. */
export function windowMask(time: number, width: number): tf.Tensor2D {
  if (!(Number.isInteger(width) && width >= 1))
    throw new Error(`windowMask: expected a width of at least 1 position, got ${width}`);
  const hidden = Float32Array.from({ length: time * time }, (_, index) => {
    const back = Math.floor(index / time) - (index % time);
    return back < 0 || back >= width ? -1e9 : 0;
  });
  return tf.tensor2d(hidden, [time, time]); // [time, time]
}

/** 0 where a token is there (1), -1e9 where it only fills up its sequence (0). */
export function paddingMask(present: tf.Tensor2D): tf.Tensor4D {
  const [batchSize, time] = present.shape;
  return tf.reshape(tf.mul(tf.sub(1, present), -1e9), [batchSize, 1, 1, time]); // [batch, 1, 1, time]
}

/**
 * softmax(Q Kᵀ / √dHead + mask) V (Vaswani et al. 2017, equation 1).
 * @param Q [batch, heads, time, dHead]
 * @param K [batch, heads, time, dHead]
 * @param V [batch, heads, time, dHead]
 * @param mask broadcasts to [batch, heads, time, time], see `causalMask`
 * @returns [batch, heads, time, dHead]
 * @throws when Q and K differ in dHead, or K and V in time
 */
export function attend(
  Q: tf.Tensor4D,
  K: tf.Tensor4D,
  V: tf.Tensor4D,
  mask?: tf.Tensor,
  hooks: ScoreHooks = {},
): tf.Tensor4D {
  const dHead = Q.shape[3];
  if (K.shape[3] !== dHead)
    throw new Error(`attend: expected K with dHead = ${dHead}, got shape [${K.shape}]`);
  if (V.shape[2] !== K.shape[2])
    throw new Error(`attend: expected V with time = ${K.shape[2]} as K has, got shape [${V.shape}]`);
  // Q is scaled rather than the scores: it has fewer elements, and the result is the same.
  const scores = tf.matMul(tf.mul(Q, 1 / Math.sqrt(dHead)), K, false, true) as tf.Tensor4D; // [batch, heads, time, time]
  const masked = after(hooks.scores, mask ? (tf.add(scores, mask) as tf.Tensor4D) : scores);
  return tf.matMul(after(hooks.weights, tf.softmax(masked)), V) as tf.Tensor4D;
}

/**
 * Multi-head self-attention of x: heads attend each on their own, and `output` mixes them.
 * @param x [batch, time, dModel]
 * @returns [batch, time, dModel]
 * @throws when dModel is not a multiple of numHeads, when a hook is given for scores that the kernel has not, or when
 * the kernel returns another shape than that of Q
 */
export function selfAttention(
  x: tf.Tensor,
  { query, key, value, output, biases }: Attention,
  { numHeads, mask, kernel = attend, hooks = {} }: AttentionOptions,
): tf.Tensor {
  const [batchSize, time, dModel] = x.shape as [number, number, number];
  if (dModel % numHeads !== 0) {
    throw new Error(
      `selfAttention: expected dModel = ${dModel} to be a multiple of numHeads, got ${numHeads}`,
    );
  }
  const split = (projected: tf.Tensor) =>
    tf.transpose(
      tf.reshape(projected, [batchSize, time, numHeads, dModel / numHeads]),
      [0, 2, 1, 3],
    ) as tf.Tensor4D;
  const Q = after(hooks.queries, split(linear(x, query, biases?.query)));
  const K = after(hooks.keys, split(linear(x, key, biases?.key)));
  const V = after(hooks.values, split(linear(x, value, biases?.value)));
  const heads = after(hooks.outputs, withScores(kernel, hooks)(Q, K, V, mask));
  if (String(heads.shape) !== String([batchSize, numHeads, time, dModel / numHeads])) {
    const expected = [batchSize, numHeads, time, dModel / numHeads];
    throw new Error(
      `selfAttention: expected a kernel that returns shape [${expected}], got [${heads.shape}]`,
    );
  }
  return linear(
    tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batchSize, time, dModel]),
    output,
    biases?.output,
  );
}

/** A kernel that is told the hooks on its scores, and that may not pass them by in silence. */
function withScores(kernel: AttentionKernel, hooks: AttentionHooks): AttentionKernel {
  return (Q, K, V, mask) => {
    const missed = new Set((["scores", "weights"] as const).filter((name) => hooks[name]));
    const told = (name: "scores" | "weights"): Hook => {
      return (tensor) => {
        missed.delete(name);
        return hooks[name]?.(tensor);
      };
    };
    const result = kernel(Q, K, V, mask, { scores: told("scores"), weights: told("weights") });
    const [name] = missed;
    if (name) {
      throw new Error(
        `selfAttention: expected a kernel that has ${name}, since hooks.${name} is given, got one that has none`,
      );
    }
    return result;
  };
}

/** What a hook makes of a tensor. */
function after(hook: Hook | undefined, tensor: tf.Tensor4D): tf.Tensor4D {
  return hook?.(tensor) ?? tensor;
}
