import * as tf from "@tensorflow/tfjs-core";
import { flat, type Places, places, type Treatment } from "#lab/treatment";

/** The settings of AdamW. */
export interface AdamWOptions {
  /** The learning rate at a step, counted from 0; see `cosine`. */
  learningRate: (step: number) => number;
  beta1?: number;
  beta2?: number;
  /** Given explicitly because the default of TensorFlow.js differs between devices. */
  epsilon?: number;
  /** Decoupled weight decay. */
  weightDecay?: number;
  /** Gradients whose norm over all parameters is larger are shortened to it. */
  clip?: number;
}

/**
 * AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101, algorithm 2), on one flat vector of all parameters: a step costs
 * a dozen dispatches and a slice per tensor, instead of a dozen per tensor. It owns the vectors θ, m and v.
 */
export class AdamW {
  readonly #options: Required<AdamWOptions>;
  readonly #sizes: number[];
  readonly #places: Places | undefined;
  #theta: tf.Tensor1D; // [parameters]
  #mean: tf.Tensor1D; // [parameters]
  #square: tf.Tensor1D; // [parameters]
  #step = 0;

  /**
   * An optimiser that starts at these tensors.
   * @param treatments one for each tensor; all alike if left out
   * @throws when there are not as many treatments as tensors, or a mask has not its tensor's shape
   */
  constructor(tensors: readonly tf.Tensor[], options: AdamWOptions, treatments?: readonly Treatment[]) {
    this.#options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clip: Infinity, ...options };
    this.#sizes = tensors.map(({ size }) => size);
    this.#theta = tf.tidy(() => flat(tensors));
    this.#mean = tf.zerosLike(this.#theta);
    this.#square = tf.zerosLike(this.#theta);
    this.#places = treatments && places(tensors, treatments, this.#options.weightDecay);
  }

  /**
   * The parameters after one step, as flat tensors in the order of the gradients:
   * m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², θ ← (1 - η λ) θ - η m̂ / (√v̂ + ε). Places that a mask holds back
   * keep their bits, and count neither for m and v nor for the norm that is clipped.
   * @throws when the gradients are not as many as the parameters
   */
  step(gradients: readonly tf.Tensor[]): tf.Tensor1D[] {
    const { learningRate, beta1, beta2, epsilon, weightDecay, clip } = this.#options;
    if (gradients.length !== this.#sizes.length) {
      throw new Error(`AdamW: expected ${this.#sizes.length} gradients, got ${gradients.length}`);
    }
    const rate = learningRate(this.#step++);
    const [theta, mean, square] = tf.tidy(() => {
      const places = this.#places;
      let g = flat(gradients);
      if (places) g = tf.mul(g, places.mask);
      if (clip < Infinity) {
        const norm = tf.sqrt(tf.sum(tf.square(g)));
        g = tf.mul(g, tf.div(clip, tf.maximum(norm, clip)));
      }
      const mean = tf.add(tf.mul(this.#mean, beta1), tf.mul(g, 1 - beta1)) as tf.Tensor1D;
      const square = tf.add(tf.mul(this.#square, beta2), tf.mul(tf.square(g), 1 - beta2)) as tf.Tensor1D;
      const deviation = tf.sqrt(tf.mul(square, 1 / (1 - beta2 ** this.#step)));
      const update = tf.div(tf.mul(mean, rate / (1 - beta1 ** this.#step)), tf.add(deviation, epsilon));
      if (places) {
        const decayed = tf.mul(tf.mul(this.#theta, places.decay), rate);
        const change = tf.mul(tf.mul(tf.add(update, decayed), places.rate), places.mask);
        return [tf.sub(this.#theta, change) as tf.Tensor1D, mean, square];
      }
      const kept = weightDecay ? tf.mul(this.#theta, 1 - rate * weightDecay) : this.#theta;
      return [tf.sub(kept, update) as tf.Tensor1D, mean, square];
    });
    this.#forget();
    [this.#theta, this.#mean, this.#square] = [tf.keep(theta!), tf.keep(mean!), tf.keep(square!)];
    return tf.split(this.#theta, this.#sizes);
  }

  /** Frees all vectors. */
  dispose(): void {
    this.#forget();
    if (this.#places) tf.dispose(Object.values(this.#places));
  }

  #forget(): void {
    tf.dispose([this.#theta, this.#mean, this.#square]);
  }
}

/** A learning-rate schedule that stays the same. */
export function constant(learningRate: number): (step: number) => number {
  return () => learningRate;
}

/**
 * A learning-rate schedule: linear from `learningRate / warmup` to `learningRate` in `warmup` steps, then linear down
 * to 0 at `steps`.
 * @throws when the warm-up is not a whole number below `steps`
 */
export function linearDecay(schedule: Schedule): (step: number) => number {
  const { learningRate, warmup, steps } = schedule;
  checkWarmup("linearDecay", schedule);
  return (step) =>
    step < warmup
      ? (learningRate * (step + 1)) / warmup
      : learningRate * (1 - (step - warmup) / (steps - warmup));
}

/**
 * A learning-rate schedule: linear from `learningRate / warmup` to `learningRate` in `warmup` steps, then half a
 * cosine down to 0 at `steps`.
 * @throws when the warm-up is not a whole number below `steps`
 */
export function cosine(schedule: Schedule): (step: number) => number {
  const { learningRate, warmup, steps } = schedule;
  checkWarmup("cosine", schedule);
  return (step) =>
    step < warmup
      ? (learningRate * (step + 1)) / warmup
      : (learningRate * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup)))) / 2;
}

/** A schedule that rises to `learningRate` in `warmup` of its `steps`. */
export interface Schedule {
  learningRate: number;
  warmup: number;
  steps: number;
}

function checkWarmup(name: string, { warmup, steps }: Schedule): void {
  if (!(Number.isInteger(warmup) && warmup >= 0 && warmup < steps)) {
    throw new Error(`${name}: expected a whole warm-up shorter than ${steps} steps, got ${warmup}`);
  }
}
