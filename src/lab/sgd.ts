import * as tf from "@tensorflow/tfjs-core";
import { flat, type Places, places, type Treatment } from "#lab/treatment";

/** The settings of stochastic gradient descent. */
export interface SgdOptions {
  /** The learning rate at a step, counted from 0. */
  learningRate: (step: number) => number;
  /** The share of the last velocity that is kept: 0 is plain gradient descent. */
  momentum: number;
}

/**
 * Gradient descent with momentum, as PyTorch has it: v ← μ v + g, θ ← θ - η v (Sutskever et al. 2013, with the
 * learning rate outside the velocity). It owns the vectors θ and v.
 */
export class Sgd {
  readonly #options: SgdOptions;
  readonly #sizes: number[];
  readonly #places: Places;
  #theta: tf.Tensor1D; // [parameters]
  #velocity: tf.Tensor1D; // [parameters]
  #step = 0;

  /** As AdamW's; a treatment's weight decay is added to the gradient. */
  constructor(tensors: readonly tf.Tensor[], options: SgdOptions, treatments?: readonly Treatment[]) {
    this.#options = options;
    this.#sizes = tensors.map(({ size }) => size);
    this.#places = places(tensors, treatments ?? tensors.map(() => ({})), 0);
    this.#theta = tf.tidy(() => flat(tensors));
    this.#velocity = tf.zerosLike(this.#theta);
  }

  /**
   * The parameters after one step, as flat tensors in the order of the gradients.
   * @throws when the gradients are not as many as the parameters
   */
  step(gradients: readonly tf.Tensor[]): tf.Tensor1D[] {
    if (gradients.length !== this.#sizes.length) {
      throw new Error(`Sgd: expected ${this.#sizes.length} gradients, got ${gradients.length}`);
    }
    const learningRate = this.#options.learningRate(this.#step++);
    const { rate, decay, mask } = this.#places;
    const [theta, velocity] = tf.tidy(() => {
      const g = tf.mul(tf.add(flat(gradients), tf.mul(this.#theta, decay)), mask);
      const velocity = tf.add(tf.mul(this.#velocity, this.#options.momentum), g) as tf.Tensor1D;
      return [tf.sub(this.#theta, tf.mul(tf.mul(velocity, rate), learningRate)) as tf.Tensor1D, velocity];
    });
    tf.dispose([this.#theta, this.#velocity]);
    [this.#theta, this.#velocity] = [tf.keep(theta!), tf.keep(velocity!)];
    return tf.split(this.#theta, this.#sizes);
  }

  /** Frees all vectors. */
  dispose(): void {
    tf.dispose([this.#theta, this.#velocity, ...Object.values(this.#places)]);
  }
}
