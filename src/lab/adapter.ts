import * as tf from "@tensorflow/tfjs-core";
import { flatten, mapParameters, type Parameters } from "#lab/parameter";
import type { Random } from "#lab/random";
import { selectedPaths, type Selection } from "#lab/selection";

/*
 * Ways to change a model without editing it. Each is a function from the model's parameters and the adapter's to the
 * parameters that the model then computes with; it makes new tensors for what it changes and leaves the model as it is,
 * so that a loss may call it and train the adapter alone. A prompt needs no such function: train its vectors, and give
 * them to the forward pass as `prompt`.
 *
 * An adapter has its parts under the paths of the model's leaves: `{ "blocks.0.attention.query": { A, B } }`.
 */

/** A change of any shape: ΔW of the leaf's own shape, by path. */
export type Additive = Record<string, tf.Tensor>;

/** The factors of a low-rank change, by path; ΔW = (α / rank) B A for a weight that is applied as W x. */
export type LowRank = Record<string, { A: tf.Tensor2D; B: tf.Tensor2D }>; // [rank, dIn], [dOut, rank]

/** Factor and summand of each output of an operation, by the path of its weight. */
export type ScaleShift = Record<string, { scale: tf.Tensor1D; shift: tf.Tensor1D }>; // [dOut], [dOut]

/** ΔW = 0 for the selected leaves, to be trained. */
export function initAdditive(model: Parameters, selection: Selection): Additive {
  return each(model, selection, (tensor) => tf.zerosLike(tensor));
}

/** The parameters W + ΔW. */
export function additive<M extends Parameters>(model: M, adapter: Additive): M {
  return changed("additive", model, adapter, (W, change, path) => {
    sameShape("additive", W, change, path);
    return tf.add(W, change);
  });
}

/** The parameters W ⊙ m: what a mask of zeros and ones leaves of the leaves that it names. */
export function masked<M extends Parameters>(model: M, mask: Record<string, tf.Tensor>): M {
  return changed("masked", model, mask, (W, m, path) => {
    sameShape("masked", W, m, path);
    return tf.mul(W, m);
  });
}

/**
 * Factors for the selected weights: B zero, so that the model starts as it was, and A from N(0, std²) or, as PEFT draws
 * it, from U(±1/√dIn) (Hu et al. 2022, arXiv 2106.09685, section 4.1).
 * @throws when a selected leaf is no matrix, or the rank is larger than one of its sides
 */
export function initLowRank(
  random: Random,
  model: Parameters,
  selection: Selection,
  { rank, init = "uniform fan-in" }: { rank: number; init?: number | "uniform fan-in" },
): LowRank {
  return each(model, selection, (W, path) => {
    const [dIn = 0, dOut = 0] = W.shape;
    if (W.rank !== 2 || !Number.isInteger(rank) || rank < 1 || rank > Math.min(dIn, dOut))
      throw new Error(`initLowRank: expected a matrix of rank ${rank} or more at ${path}, got [${W.shape}]`);
    const bound = 1 / Math.sqrt(dIn);
    const A =
      init === "uniform fan-in"
        ? random.uniform([rank, dIn], -bound, bound)
        : random.normal([rank, dIn], init);
    return { A, B: tf.zeros([dOut, rank]) as tf.Tensor2D };
  });
}

/**
 * The parameters W + (α / rank) B A (Hu et al. 2022, equation 3). The lab applies weights as x W with W [dIn, dOut], so
 * what is added is the transpose, Aᵀ Bᵀ. The result is the merged model too; `alpha: -alpha` of it unmerges.
 */
export function lowRank<M extends Parameters>(model: M, adapter: LowRank, { alpha }: { alpha: number }): M {
  return changed("lowRank", model, adapter, (W, { A, B }, path) => {
    const change = tf.mul(tf.matMul(A, B, true, true), alpha / A.shape[0]); // [dIn, dOut]
    sameShape("lowRank", W, change, path);
    return tf.add(W, change);
  });
}

/**
 * Factors from N(1, std²) and summands from N(0, std²) for the outputs of the selected operations, each named by its
 * weight or gain (Lian et al. 2022, arXiv 2210.08823; their code has std 0.02).
 */
export function initScaleShift(
  random: Random,
  model: Parameters,
  selection: Selection,
  std = 0.02,
): ScaleShift {
  return each(model, selection, (W) => {
    const dOut = W.shape.at(-1)!;
    return { scale: random.normal([dOut], std, 1), shift: random.normal([dOut], std) };
  });
}

/**
 * The parameters with which an operation computes γ ⊙ (x W + b) + β in place of x W + b: W diag γ and γ ⊙ b + β
 * (Lian et al. 2022, equation 2). The result is the merged model too.
 * @throws when an operation has no bias to take the shift up; see `biasPath`
 */
export function scaleShift<M extends Parameters>(model: M, adapter: ScaleShift): M {
  const tensors = flatten(model);
  const biases = new Map(
    Object.entries(adapter).map(([path, part]) => [biasPath(path), { path, ...part }] as const),
  );
  for (const [bias, { path }] of biases) {
    if (path in tensors && !(bias in tensors))
      throw new Error(`scaleShift: expected a bias at ${bias} for ${path}, got a model without: give it one`);
  }
  const scaled = changed("scaleShift", model, adapter, (W, { scale }) => tf.mul(W, scale));
  return mapParameters(scaled, (tensor, path) => {
    const part = biases.get(path);
    return part ? tf.add(tf.mul(tensor, part.scale), part.shift) : tensor;
  });
}

/** Where the bias of an operation is: "norm.bias" for "norm.gain", "attention.biases.query" for "attention.query". */
export function biasPath(path: string): string {
  const names = path.split(".");
  const name = names.pop()!;
  return [...names, ...(name === "gain" || name === "weight" ? ["bias"] : ["biases", name])].join(".");
}

function each<P>(
  model: Parameters,
  selection: Selection,
  make: (tensor: tf.Tensor, path: string) => P,
): Record<string, P> {
  const tensors = flatten(model);
  return Object.fromEntries(
    selectedPaths(model, selection).map((path) => [path, make(tensors[path]!, path)]),
  );
}

/** The tree with other tensors at the adapter's paths, all of which it must have. */
function changed<M extends Parameters, P>(
  name: string,
  model: M,
  adapter: Record<string, P>,
  change: (tensor: tf.Tensor, part: P, path: string) => tf.Tensor,
): M {
  const tensors = flatten(model);
  const unknown = Object.keys(adapter).filter((path) => !(path in tensors));
  if (unknown.length)
    throw new Error(`${name}: expected a model with the adapter's leaves, got none at ${unknown.join(", ")}`);
  return mapParameters(model, (tensor, path) =>
    path in adapter ? change(tensor, adapter[path]!, path) : tensor,
  );
}

function sameShape(name: string, W: tf.Tensor, change: tf.Tensor, path: string): void {
  if (String(W.shape) !== String(change.shape))
    throw new Error(`${name}: expected a change of shape [${W.shape}] at ${path}, got [${change.shape}]`);
}
