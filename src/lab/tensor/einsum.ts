import * as tf from "@tensorflow/tfjs-core";

/** For each input, the function that computes its gradient. */
export type Gradients = Record<string, () => tf.Tensor>;

/**
 * The gradient of einsum, which TensorFlow.js 4.22 does not have: for each operand, the einsum of dy with the other
 * operands onto the operand's own letters. A letter that stands in this operand alone was summed away by the forward
 * pass, so its axis is added back by broadcasting. (Forward, 4.22 is right about such a letter only where there is no other
 * operand: it computes "ij,i->i" wrongly. Sum before the product instead.)
 */
export function einsumGradient(dy: tf.Tensor, operands: tf.Tensor[], attrs: tf.NamedAttrMap): Gradients {
  const [left, output] = String(attrs.equation).replace(/\s/g, "").split("->") as [string, string];
  const letters = left.split(",");
  const gradients = letters.map((own, index) => () => {
    const isOther = (_: unknown, other: number) => other !== index;
    const others = letters.filter(isOther);
    const known = new Set(output + others.join(""));
    const kept = [...own].filter((letter) => known.has(letter)).join("");
    const gradient = tf.einsum(`${[output, ...others].join(",")}->${kept}`, dy, ...operands.filter(isOther));
    if (kept.length === own.length) return gradient;
    let axis = 0;
    const shape = [...own].map((letter) => (known.has(letter) ? gradient.shape[axis++]! : 1));
    return tf.broadcastTo(tf.reshape(gradient, shape), operands[index]!.shape);
  });
  return Object.fromEntries(gradients.map((gradient, index) => [index, gradient]));
}
