import * as tf from "@tensorflow/tfjs-core";
import { AdamW, type AdamWOptions } from "#lab/optimiser";
import { leaves, type Parameters, replace } from "#lab/parameter";
import { type Selection, selectedPaths } from "#lab/selection";
import { session } from "#lab/session";
import { Sgd, type SgdOptions } from "#lab/sgd";
import type { Treatment } from "#lab/treatment";

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
  /** AdamW, or gradient descent where a momentum is given. */
  optimiser: AdamWOptions | SgdOptions;
  /** Which leaves are trained; the others are neither differentiated nor changed. All if left out. */
  trains?: Selection;
  /** How a leaf is trained, where it differs from the others: learning rate, decay, mask. */
  treatment?: (path: string) => Treatment;
  /** Ends training early, and gives the best parameters that were measured. */
  earlyStop?: EarlyStop<T>;
  /** What progress calls this training: "pre-LN, seed 0". */
  stage: string;
}

/** When training ends before its last step. */
export interface EarlyStop<T> {
  /** How bad these parameters are on data held out: smaller is better. */
  measure: (parameters: T) => number | Promise<number>;
  /** Steps from one measurement to the next. */
  every: number;
  /** How many measurements in a row may be no better than the best one. */
  patience: number;
}

/** What training gives. */
export interface Trained<T> {
  /** The last step's parameters, or the best ones measured for an early stop, in tensors of their own. */
  parameters: T;
  /** The loss before each step. */
  losses: number[];
  /** What was measured for an early stop, and after how many steps. */
  heldOut: { step: number; value: number }[];
}

/**
 * Minimises a loss by AdamW or gradient descent. After every step it tells the session its progress, lets the page
 * breathe and looks whether it should stop.
 * @throws the signal's reason when the run is stopped; an error that names the step when the loss is not finite; when
 * nothing is trained, or an early stop never measures
 */
export async function train<T extends Parameters>(training: Training<T>): Promise<Trained<T>> {
  const { parameters: start, steps, stage, optimiser: options, earlyStop, treatment } = training;
  if (earlyStop) checkEarlyStop(earlyStop, steps);
  const all = leaves(start);
  const trained = new Set(
    training.trains ? selectedPaths(start, training.trains) : all.map(({ path }) => path),
  );
  const moving = all.filter(({ path }) => trained.has(path));
  /** The whole tree with these tensors in the places that are trained. */
  const whole = (tensors: readonly tf.Tensor[]) => {
    let index = 0;
    return replace(
      start,
      all.map(({ path, tensor }) => (trained.has(path) ? tensors[index++]! : tensor)),
    );
  };
  let current = moving.map(({ tensor }) => tf.clone(tensor));
  let best: { value: number; tensors: tf.Tensor[] } | undefined;
  let sinceBest = 0;
  const treatments = treatment && moving.map(({ path }) => treatment(path));
  const optimiser =
    "momentum" in options ? new Sgd(current, options, treatments) : new AdamW(current, options, treatments);
  const losses: number[] = [];
  const heldOut: { step: number; value: number }[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      session().signal?.throwIfAborted();
      const [loss, next] = tf.tidy(() => {
        const descend = (...tensors: tf.Tensor[]) => training.loss(whole(tensors), step);
        const { value, grads } = tf.valueAndGrads(descend)(current);
        const after = optimiser.step(grads);
        return [value, after.map((tensor, index) => tf.reshape(tensor, moving[index]!.tensor.shape))];
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
      session().onProgress?.({ stage, step: step + 1, steps, loss: value! });
      if (earlyStop && (step + 1) % earlyStop.every === 0) {
        const value = await earlyStop.measure(whole(current));
        heldOut.push({ step: step + 1, value });
        sinceBest++;
        if (!best || value < best.value) {
          tf.dispose(best?.tensors ?? []);
          best = { value, tensors: current.map((tensor) => tf.clone(tensor)) };
          sinceBest = 0;
        }
        if (sinceBest > earlyStop.patience) break;
      }
      await breathe();
    }
  } catch (error) {
    tf.dispose([...current, ...(best?.tensors ?? [])]);
    throw error;
  } finally {
    optimiser.dispose();
  }
  if (best) tf.dispose(current);
  const held = all.map(({ path, tensor }) => (trained.has(path) ? undefined : tf.clone(tensor)));
  const moved = best?.tensors ?? current;
  let index = 0;
  return {
    parameters: replace(
      start,
      held.map((tensor) => tensor ?? moved[index++]!),
    ),
    losses,
    heldOut,
  };
}

function checkEarlyStop({ every, patience }: EarlyStop<never>, steps: number): void {
  if (!(Number.isInteger(every) && every >= 1 && every <= steps && patience >= 0)) {
    throw new Error(
      `train: expected an early stop that measures every 1 to ${steps} steps with a patience of at least 0, got every ${every}, patience ${patience}`,
    );
  }
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
