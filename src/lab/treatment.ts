import * as tf from "@tensorflow/tfjs-core";

/** How one tensor is trained, where it differs from the others. */
export interface Treatment {
  /** The learning rate as a multiple of the optimiser's; 1 if left out. */
  learningRate?: number;
  /** The weight decay in place of the optimiser's. */
  weightDecay?: number;
  /** 1 in the places that are trained, 0 in those that stay as they are; of the tensor's shape. */
  mask?: tf.Tensor;
}

/** What a step takes of each number: its share of the learning rate, its decay, and whether it is trained. */
export interface Places {
  rate: tf.Tensor1D; // [parameters]
  decay: tf.Tensor1D; // [parameters]
  mask: tf.Tensor1D; // [parameters]
}

/**
 * Treatments as vectors over all parameters, for tensors whose decay is `weightDecay` unless they have their own.
 * @throws when there are not as many treatments as tensors, or a mask has not its tensor's shape
 */
export function places(
  tensors: readonly tf.Tensor[],
  treatments: readonly Treatment[],
  weightDecay: number,
): Places {
  if (treatments.length !== tensors.length) {
    throw new Error(`treatments: expected ${tensors.length}, one for each tensor, got ${treatments.length}`);
  }
  return tf.tidy(() => {
    const spread = (value: (treatment: Treatment) => number) =>
      flat(tensors.map(({ shape }, index) => tf.fill(shape, value(treatments[index]!))));
    const masks = tensors.map(({ shape }, index) => {
      const { mask = tf.ones(shape) } = treatments[index]!;
      if (String(mask.shape) !== String(shape)) {
        throw new Error(`treatments: expected a mask of shape [${shape}], got shape [${mask.shape}]`);
      }
      return mask;
    });
    return {
      rate: spread(({ learningRate = 1 }) => learningRate),
      decay: spread((treatment) => treatment.weightDecay ?? weightDecay),
      mask: flat(masks),
    };
  });
}

/** All tensors as one vector, one after the other. */
export function flat(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D));
}
