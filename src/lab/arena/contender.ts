import type * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "#lab/parameter";
import type { Random } from "#lab/random";
import type { Selection } from "#lab/selection";
import type { ForwardOptions, LanguageModel } from "#lab/transformer";
import type { Treatment } from "#lab/treatment";

/** A model as a method changed it: its weights, and what is varied in its forward pass. */
export interface Changed {
  model: LanguageModel;
  options?: ForwardOptions;
}

/** What a method trains, beside the head that all train. */
export interface Contender {
  parameters: Parameters;
  changed: (parameters: Parameters) => Changed;
  /** Which leaves of `parameters` are trained; all if left out. */
  trains?: Selection;
  treatment?: (path: string) => Treatment;
  /** The weights that compute the same without the method, where there are such. */
  merged?: (parameters: Parameters) => LanguageModel;
  /** A step without gradients, in place of AdamW; F is the loss of the step's batch. */
  step?: (F: (W: tf.Tensor[]) => tf.Scalar, W: tf.Tensor[], n: number, rate: number) => tf.Tensor[];
}

/**
 * How a method enters: what it trains of a model with biases, drawn from `draw` where it is random.
 * Read-only: the model's tensors belong to the arena.
 */
export type Entry = (model: LanguageModel, draw: Random) => Contender;

/** A contender from parameters of any type. */
export function contender<P extends Parameters>(
  parameters: P,
  changed: (parameters: P) => Changed,
  more: Omit<Contender, "parameters" | "changed" | "merged"> & {
    merged?: (parameters: P) => LanguageModel;
  } = {},
): Contender {
  return { parameters, changed, ...more } as Contender;
}
