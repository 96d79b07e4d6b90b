import * as tf from "@tensorflow/tfjs-core";
import { AdamW, type AdamWOptions } from "#lab/optimiser";
import { leaves, type Parameters, replace } from "#lab/parameter";
import { session } from "#lab/session";

/** The value for the session's scale: the one place where a notebook says how large it is. */
export function scale<T>(values: { full: T; quick: T }): T {
  return values[session().scale];
}

/** What to train, and how. */
export interface Training<T extends Parameters> {
  /** Where training starts; these tensors are left as they are. */
  parameters: T;
  /** The loss at a step, counted from 0. It may make tensors freely: they are disposed of. */
  loss: (parameters: T, step: number) => tf.Scalar;
  steps: number;
  optimiser: AdamWOptions;
  /** What progress calls this training: "pre-LN, seed 0". */
  stage: string;
}

/** What training gives. */
export interface Trained<T> {
  /** The last step's parameters, in tensors of their own. */
  parameters: T;
  /** The loss before each step. */
  losses: number[];
}

/**
 * Minimises a loss by AdamW. After every step it tells the session its progress, lets the page breathe and looks
 * whether it should stop.
 * @throws the signal's reason when the run is stopped; an error that names the step when the loss is not finite
 */
export async function train<T extends Parameters>(training: Training<T>): Promise<Trained<T>> {
  const { parameters: start, steps, stage } = training;
  const shapes = leaves(start).map(({ tensor }) => tensor.shape);
  let current = leaves(start).map(({ tensor }) => tf.clone(tensor));
  const optimiser = new AdamW(current, training.optimiser);
  const losses: number[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      session().signal?.throwIfAborted();
      const [loss, next] = tf.tidy(() => {
        const descend = (...tensors: tf.Tensor[]) => training.loss(replace(start, tensors), step);
        const { value, grads } = tf.valueAndGrads(descend)(current);
        return [value, optimiser.step(grads).map((tensor, index) => tf.reshape(tensor, shapes[index]!))];
      });
      tf.dispose(current);
      current = next;
      const [value] = await loss.data();
      loss.dispose();
      if (!Number.isFinite(value)) {
        throw new Error(
          `train: expected a finite loss, got ${value} at step ${step} of "${stage}": lower the learning rate`,
        );
      }
      losses.push(value!);
      session().onProgress?.({ stage, step: step + 1, steps });
      await breathe();
    }
  } catch (error) {
    tf.dispose(current);
    throw error;
  } finally {
    optimiser.dispose();
  }
  return { parameters: replace(start, current), losses };
}

/**
 * Lets the page draw and hear clicks. A message rather than a timer or an animation frame: both of those are slowed
 * down or held back in a tab that is not looked at.
 */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
