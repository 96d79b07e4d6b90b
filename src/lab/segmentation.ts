import * as tf from "@tensorflow/tfjs-core";
import { layerNorm, linear } from "#lab/layer";
import { traceVision, type VisionOptions, type VisionTransformer } from "#lab/vit";

/**
 * The images of which these rows are the square patches, the inverse of `patchify`: patches from left to right and top
 * to bottom, in a row its pixels in the same order, each with its channels.
 * @param patches [batch, patches, patchSize² channels], the patches of square images
 * @returns [batch, side, side, channels]
 * @throws when the patches do not fill a square, or a row is not of patchSize² pixels
 */
export function unpatchify(patches: tf.Tensor3D, patchSize: number): tf.Tensor4D {
  const [batchSize, count, size] = patches.shape;
  const across = Math.sqrt(count);
  const channels = size / patchSize ** 2;
  if (!Number.isInteger(across) || !Number.isInteger(channels)) {
    throw new Error(
      `unpatchify: expected a square number of patches of ${patchSize} × ${patchSize} pixels, got shape [${patches.shape}]`,
    );
  }
  // The two middle axes of [rows of patches, patches in a row, rows in a patch, the rest] change places.
  const bands = tf.reshape(patches, [batchSize * across, across, patchSize, patchSize * channels]);
  const side = across * patchSize;
  return tf.reshape(tf.transpose(bands, [0, 2, 1, 3]), [batchSize, side, side, channels]);
}

/**
 * Logits of every pixel's class, read off its patch's token: LN(x) W + b gives a patch its patchSize² pixels' logits.
 * The model's head has that many columns: make it with `classes` = patchSize² times the classes of a pixel.
 * @param tokens the residual stream of the patches alone after the last block [batch, patches, dModel]
 * @returns [batch, side, side, classes]
 * @throws as `unpatchify` does
 */
export function pixelLogits(
  { norm, head }: Pick<VisionTransformer, "norm" | "head">,
  tokens: tf.Tensor3D,
  patchSize: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = linear(layerNorm(tokens, norm), head.weight, head.bias) as tf.Tensor3D;
    return unpatchify(rows, patchSize);
  });
}

/**
 * Logits of every pixel's class from a vision transformer without a class token or with one, which is left out:
 * dense prediction with a linear decoder (Strudel et al. 2021, arXiv 2105.05633, section 3.2).
 * @param images [batch, side, side, channels]
 * @returns [batch, side, side, classes]
 * @throws as `traceVision` and `unpatchify` do
 */
export function segment(
  model: VisionTransformer,
  images: tf.Tensor4D,
  sizes: { patchSize: number; numHeads: number },
  options: VisionOptions = {},
): tf.Tensor4D {
  return tf.tidy(() => {
    const last = traceVision(model, images, sizes, options).residuals.at(-1)! as tf.Tensor3D;
    const before = (model.classToken ? 1 : 0) + (options.prompt?.shape[0] ?? 0);
    return pixelLogits(model, tf.slice(last, [0, before, 0]), sizes.patchSize);
  });
}

/**
 * The mean over classes of intersection over union, 0 to 1: the pixels that are of a class and were found to be, over
 * the pixels that are of it or were found to be. All images count together; a class that is nowhere does not count.
 * @throws when there is not a finding for each pixel, or a number is not a class
 */
export function meanIntersectionOverUnion(
  found: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
): number {
  if (found.length !== truth.length || found.length === 0) {
    throw new Error(
      `meanIntersectionOverUnion: expected a class for each of ${truth.length} pixels, got ${found.length}`,
    );
  }
  const both = new Array<number>(classes).fill(0);
  const either = new Array<number>(classes).fill(0);
  for (let at = 0; at < truth.length; at++) {
    const [a, b] = [found[at]!, truth[at]!];
    for (const one of [a, b]) {
      if (Number.isInteger(one) && one >= 0 && one < classes) continue;
      throw new Error(
        `meanIntersectionOverUnion: expected classes from 0 to ${classes - 1}, got ${one} at pixel ${at}`,
      );
    }
    either[a]!++;
    if (a === b) both[a]!++;
    else either[b]!++;
  }
  const ratios = both.map((count, one) => count / either[one]!).filter((ratio) => !Number.isNaN(ratio));
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}
