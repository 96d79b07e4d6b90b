import * as tf from "@tensorflow/tfjs-core";
import type { VisionTransformer } from "#lab/vit";

/** A square of a model's grid of patches. */
export interface PatchWindow {
  /** How many patches it has down and across. */
  side: number;
  /** The row of its first patch, counted from 0. */
  top: number;
  /** The column of its first patch, counted from 0. */
  left: number;
}

/**
 * A model of the images that fill a window of a model's images: all parameters are the same, and of the position
 * table it has the class token's row and those of the window's patches. Gradients flow back to the whole table. Since
 * attention costs nothing for patches that are left out, such a model learns to read cheaply what fits into a window.
 * @throws when the model's patches are not a square, or the window does not lie within it
 */
export function throughWindow(model: VisionTransformer, { side, top, left }: PatchWindow): VisionTransformer {
  const [tokens, dModel] = model.positions.shape;
  const extra = model.classToken ? 1 : 0;
  const grid = Math.round(Math.sqrt(tokens - extra));
  if (grid ** 2 !== tokens - extra)
    throw new Error(`throughWindow: expected a square of patches, got ${tokens - extra} of them`);
  const inside = [side - 1, top, left, grid - side - top, grid - side - left]; // none below 0
  if (!inside.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new Error(
      `throughWindow: expected a window within ${grid}×${grid} patches, got one of ${side}×${side} from row ${top}, ` +
        `column ${left}`,
    );
  }
  const positions = tf.tidy(() => {
    const patches = tf.reshape(tf.slice(model.positions, [extra, 0]), [grid, grid, dModel]);
    const seen = tf.reshape(tf.slice(patches, [top, left, 0], [side, side, dModel]), [side ** 2, dModel]);
    return extra ? tf.concat([tf.slice(model.positions, [0, 0], [1, dModel]), seen]) : seen;
  });
  return { ...model, positions: positions as tf.Tensor2D }; // [extra + side², dModel]
}
