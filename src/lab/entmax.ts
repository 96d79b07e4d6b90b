import * as tf from "@tensorflow/tfjs-core";

/** How many values of σ_α are solved for; those between are interpolated, to about 1e-6. */
const SOLVED = 1024;

/**
 * The sparse sigmoid p = σ_α(s), the first entry of α-entmax([s, 0]) (Peters et al. 2019, arXiv 1905.05702): it solves
 * p^(α-1) - (1-p)^(α-1) = (α-1) s, and is 0 or 1 beyond |(α-1) s| = 1. The sigmoid for α → 1, a ramp for α = 2, a step
 * for α → ∞. Its derivative is 1 / (p^(α-2) + (1-p)^(α-2)) within the ramp, and 0 beyond.
 * @returns of the shape of s, from 0 to 1
 * @throws when α is not a number above 1
 */
export function sparseSigmoid(s: tf.Tensor, alpha: number): tf.Tensor {
  if (!(alpha > 1 && alpha < Infinity))
    throw new Error(`sparseSigmoid: expected a number alpha above 1, got ${alpha}`);
  const a = alpha - 1;
  const end = 1 / (1 + Math.exp(-1 / a));
  const readOff = (solved: tf.Tensor1D) =>
    tf.customGrad((x, save) => {
      const place = tf.mul(tf.sub(tf.sigmoid(x as tf.Tensor), 1 - end), (SOLVED - 1) / (2 * end - 1));
      const at = tf.clipByValue(place, 0, SOLVED - 1);
      const [low, high] = [tf.floor(at), tf.ceil(at)].map((i) => tf.gather(solved, tf.cast(i, "int32")));
      const p = tf.add(low!, tf.mul(tf.sub(at, tf.floor(at)), tf.sub(high!, low!)));
      (save as tf.GradSaveFunc)([p]);
      const gradFunc = (dy: tf.Tensor, [p]: tf.Tensor[]) => tf.mul(dy, slope(p!, a));
      return { value: p, gradFunc };
    });
  return tf.tidy(() => readOff(solvedRamp(a, end))(s));
}

/**
 * p at places that lie evenly in sigmoid(s) between the ends of the ramp, where sigmoid(s) is 1 - end and end: by
 * bisection, since there is no closed form.
 */
function solvedRamp(a: number, end: number): tf.Tensor1D {
  const values = Float32Array.from({ length: SOLVED }, (_, i) => {
    const t = 1 - end + ((2 * end - 1) * i) / (SOLVED - 1);
    const asked = a * Math.log(t / (1 - t)); // (α-1) s
    if (i === 0 || i === SOLVED - 1) return Math.sign(i);
    let low = 0;
    for (let width = 0.5; width > 1e-9; width /= 2) {
      const p = low + width;
      if (p ** a - (1 - p) ** a <= asked) low = p;
    }
    return low;
  });
  return tf.tensor1d(values);
}

/** dp/ds as a function of p. */
function slope(p: tf.Tensor, a: number): tf.Tensor {
  const within = tf.sign(tf.mul(p, tf.sub(1, p)));
  return tf.div(within, tf.add(tf.pow(p, a - 1), tf.pow(tf.sub(1, p), a - 1)));
}
