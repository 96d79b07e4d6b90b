import type { LabelledImages } from "#lab/dataset/digits";
import { smallMatrix, solve } from "#lab/linear-algebra";

/**
 * The linear filter that makes images most like their originals: each pixel from the window around it, with zeros
 * outside the image, and a constant, by least squares over all pixels of all images. What a restoration network must
 * beat to have learnt more than to smooth.
 * @param inputs the degraded images
 * @param truth what they were
 * @param size side of the window, in pixels; odd
 * @returns the images that the filter makes of others
 * @throws when the sets differ in size or the window is even
 */
export function linearFilter(
  inputs: LabelledImages,
  truth: LabelledImages,
  size: number,
): (set: LabelledImages) => Float32Array {
  if (inputs.images.length !== truth.images.length || size % 2 !== 1) {
    throw new Error(
      `linearFilter: expected as many pixels in both sets and an odd size, ` +
        `got ${inputs.images.length} and ${truth.images.length}, ${size}`,
    );
  }
  const width = size ** 2 + 1;
  const normal = new Float64Array(width * width); // Σ w wᵀ over the windows w
  const right = new Float64Array(width); // Σ w y
  inputs.images.forEach((_, at) => {
    const w = window(inputs, at, size);
    for (let i = 0; i < width; i++) {
      if (w[i] === 0) continue;
      right[i]! += w[i]! * truth.images[at]!;
      for (let j = 0; j < width; j++) normal[i * width + j]! += w[i]! * w[j]!;
    }
  });
  // A hair on the diagonal: pixels that are always 0 would leave the equations without a single solution.
  for (let i = 0; i < width; i++) normal[i * width + i]! += 1e-6 * inputs.images.length;
  const { values: weights } = solve(smallMatrix(normal, [width, width]), smallMatrix(right, [width, 1]));
  return (set) =>
    set.images.map((_, at) => window(set, at, size).reduce((sum, value, i) => sum + value * weights[i]!, 0));
}

/** The pixels around a place of a set, row by row, and a one. */
function window({ images, side }: LabelledImages, at: number, size: number): Float64Array {
  const margin = (size - 1) / 2;
  const [row, column] = [Math.floor(at / side) % side, at % side];
  const pixels = new Float64Array(size ** 2 + 1).fill(1);
  for (let k = 0; k < size ** 2; k++) {
    const [down, across] = [Math.floor(k / size) - margin, (k % size) - margin];
    const inside = row + down >= 0 && row + down < side && column + across >= 0 && column + across < side;
    pixels[k] = inside ? images[at + down * side + across]! : 0;
  }
  return pixels;
}
