import * as tf from "@tensorflow/tfjs-core";
import { encode } from "#lab/dataset/text";
import type { LanguageModel } from "#lab/transformer";

/** The text that soft prompts begin as: the model knows it, so that they disturb little. */
const text = "Call me Ishmael.";

/** The first characters of the opening of Moby-Dick, as tokens [1, length]. */
export function openingTokens(length: number): tf.Tensor2D {
  return tf.tensor2d(encode(text.slice(0, length)), [1, length], "int32");
}

/** The same as the model's first block reads them, each with its position [length, dModel]. */
export function openingVectors({ tokens, positions }: LanguageModel, length: number): tf.Tensor2D {
  return tf.tidy(() => {
    const characters = tf.reshape(openingTokens(length), [-1]) as tf.Tensor1D;
    return tf.add(tf.gather(tokens, characters), tf.slice(positions, [0, 0], [length, -1]));
  });
}
