import type { Shape } from "#lab/transformer";
import type { VisionShape } from "#lab/vit";

/**
 * What a part of a model takes. Exact counts, by these conventions (Kaplan et al. 2020, arXiv 2001.08361, section 2.1;
 * Hoffmann et al. 2022, arXiv 2203.15556, appendix F):
 * - a multiplication with its addition is 2 FLOPs;
 * - only products of matrices count: no biases, normalisations, activations, softmax, or looking up of embeddings;
 * - a product with masked positions counts in full.
 */
export interface Cost {
  /** Numbers that are trained, biases and normalisations included. */
  parameters: number;
  /** FLOPs of one forward pass. */
  flops: number;
}

/** A batch of sequences. */
export interface Sequences {
  batchSize: number;
  /** Tokens to a sequence. */
  time: number;
}

/** The cost of a linear map of `rows` vectors: dIn dOut parameters (dOut more with a bias), 2 rows dIn dOut FLOPs. */
export function linearCost(sizes: { rows: number; dIn: number; dOut: number; bias?: boolean }): Cost {
  const { rows, dIn, dOut, bias = false } = sizes;
  requireCounts("linearCost", { rows, dIn, dOut });
  return { parameters: dIn * dOut + (bias ? dOut : 0), flops: 2 * rows * dIn * dOut };
}

/**
 * The cost of multi-head attention: four projections, and 2 · 2 batchSize time² dModel FLOPs for scores and for
 * weighted values, whatever the number of heads.
 */
export function attentionCost(sizes: Sequences & { dModel: number; biases?: boolean }): Cost {
  const { batchSize, time, dModel, biases } = sizes;
  requireCounts("attentionCost", { batchSize, time, dModel });
  const projection = linearCost({ rows: batchSize * time, dIn: dModel, dOut: dModel, bias: biases });
  const mixing = { parameters: 0, flops: 2 * 2 * batchSize * time * time * dModel };
  return sum([times(4, projection), mixing]);
}

/** The cost of a transformer block: attention, the feed-forward layer, and two normalisations (4 dModel parameters). */
export function blockCost(sizes: Sequences & { dModel: number; dFf?: number; biases?: boolean }): Cost {
  const { batchSize, time, dModel, dFf = 4 * dModel, biases: bias } = sizes;
  requireCounts("blockCost", { dFf });
  const rows = batchSize * time;
  return sum([
    attentionCost(sizes),
    linearCost({ rows, dIn: dModel, dOut: dFf, bias }),
    linearCost({ rows, dIn: dFf, dOut: dModel, bias }),
    { parameters: 2 * 2 * dModel, flops: 0 },
  ]);
}

/**
 * The cost of a language model as `initLanguageModel` makes it: embeddings of tokens and positions, blocks without
 * biases, a last normalisation, a head of its own.
 * @param sequences as long as the model's positions if left out
 */
export function languageModelCost(shape: Omit<Shape, "numHeads">, sequences?: Partial<Sequences>): Cost {
  const { vocabSize, dModel, dFf, numLayers } = shape;
  const { batchSize = 1, time = shape.time } = sequences ?? {};
  requireCounts("languageModelCost", { vocabSize, time: shape.time, numLayers });
  return sum([
    { parameters: (vocabSize + shape.time + 2) * dModel, flops: 0 },
    times(numLayers, blockCost({ batchSize, time, dModel, dFf })),
    linearCost({ rows: batchSize * time, dIn: dModel, dOut: vocabSize }),
  ]);
}

/**
 * The cost of a vision transformer as `initVisionTransformer` makes it (Dosovitskiy et al. 2021, arXiv 2010.11929):
 * patches embedded by a linear map, positions, blocks with biases, a last normalisation, a head for one vector per image.
 * @throws when the patches do not fill the image
 */
export function visionTransformerCost(shape: VisionShape, batchSize = 1): Cost {
  const { imageSize, patchSize, channels, dModel, dFf, numLayers, classes, pooling } = shape;
  const patches = (imageSize / patchSize) ** 2;
  if (!Number.isInteger(imageSize / patchSize)) {
    const expected = `imageSize = ${imageSize} to be a multiple of patchSize`;
    throw new Error(`visionTransformerCost: expected ${expected}, got ${patchSize}`);
  }
  const extra = pooling === "class token" ? 1 : 0;
  const time = patches + extra;
  return sum([
    linearCost({ rows: batchSize * patches, dIn: patchSize ** 2 * channels, dOut: dModel, bias: true }),
    { parameters: (extra + time + 2) * dModel, flops: 0 },
    times(numLayers, blockCost({ batchSize, time, dModel, dFf, biases: true })),
    linearCost({ rows: batchSize, dIn: dModel, dOut: classes, bias: true }),
  ]);
}

/** FLOPs of a training step: a backward pass takes twice what a forward pass takes (Kaplan et al. 2020, section 2.1). */
export function trainingFlops({ flops }: Cost): number {
  return 3 * flops;
}

/** Bytes of numbers of this many bits, 32 if left out: of parameters, gradients, or optimiser states. */
export function bytesOf(numbers: number, bits = 32): number {
  requireCounts("bytesOf", { numbers, bits });
  return Math.ceil((numbers * bits) / 8);
}

/** Bytes of the keys and values that generation keeps: 2 numLayers batchSize time dModel numbers. */
export function cacheBytes(sizes: Sequences & { numLayers: number; dModel: number; bits?: number }): number {
  const { batchSize, time, numLayers, dModel, bits } = sizes;
  requireCounts("cacheBytes", { batchSize, time, numLayers, dModel });
  return bytesOf(2 * numLayers * batchSize * time * dModel, bits);
}

function sum(costs: Cost[]): Cost {
  return costs.reduce((total, cost) => ({
    parameters: total.parameters + cost.parameters,
    flops: total.flops + cost.flops,
  }));
}

function times(count: number, { parameters, flops }: Cost): Cost {
  return { parameters: count * parameters, flops: count * flops };
}

function requireCounts(name: string, counts: Record<string, number>): void {
  for (const [what, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 0) continue;
    throw new Error(`${name}: expected ${what} to be a whole number of 0 or more, got ${count}`);
  }
}
