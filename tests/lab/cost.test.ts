import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  attentionCost,
  blockCost,
  bytesOf,
  cacheBytes,
  languageModelCost,
  linearCost,
  trainingFlops,
  visionTransformerCost,
} from "#lab/cost";
import { countParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { forward, initBlock, initLanguageModel } from "#lab/transformer";
import { initVisionTransformer, traceVision, type VisionShape } from "#lab/vit";
import { startHere } from "./device-case";

beforeAll(() => startHere("cpu"));

/** FLOPs of attention of one sequence by going through its loops, with numHeads heads. */
function countAttention(time: number, dModel: number, numHeads: number): number {
  let flops = 0;
  for (let projection = 0; projection < 4; projection++)
    for (let t = 0; t < time; t++)
      for (let i = 0; i < dModel; i++) for (let j = 0; j < dModel; j++) flops += 2;
  for (let head = 0; head < numHeads; head++)
    for (let t = 0; t < time; t++)
      for (let s = 0; s < time; s++) {
        for (let j = 0; j < dModel / numHeads; j++) flops += 2; // a score
        for (let j = 0; j < dModel / numHeads; j++) flops += 2; // a weighted value
      }
  return flops;
}

/** FLOPs of every product of matrices that a computation does, from the shapes of its kernels. */
async function countProducts(run: () => tf.Tensor): Promise<number> {
  const { kernels } = await tf.profile(run);
  const products = kernels.filter(({ name }) => name === "BatchMatMul");
  return products.reduce((total, { inputShapes, outputShapes }) => {
    const [a, b, out] = [inputShapes[0]!, inputShapes[1]!, outputShapes[0]!];
    // With m = a's rows, n = b's columns, and k the side that both share: (m k)(k n) / (m n) = k².
    const size = (shape: number[]) => shape.slice(-2).reduce((x, y) => x * y, 1);
    const shared = Math.sqrt((size(a) * size(b)) / size(out));
    return total + 2 * shared * out.reduce((x, y) => x * y, 1);
  }, 0);
}

test("linearCost", () => {
  expect(linearCost({ rows: 5, dIn: 3, dOut: 4 })).toEqual({ parameters: 12, flops: 120 });
  expect(linearCost({ rows: 5, dIn: 3, dOut: 4, bias: true })).toEqual({ parameters: 16, flops: 120 });
  expect(() => linearCost({ rows: 1.5, dIn: 3, dOut: 4 })).toThrow(
    "linearCost: expected rows to be a whole number of 0 or more, got 1.5",
  );
});

test.each([1, 2, 4])("attentionCost with %i heads is what its loops count", (numHeads) => {
  const { flops, parameters } = attentionCost({ batchSize: 3, time: 6, dModel: 8 });
  expect(flops).toBe(3 * countAttention(6, 8, numHeads));
  expect(parameters).toBe(4 * 64);
});

test.each([false, true])("blockCost has the parameters of a block, biases: %s", (biases) => {
  const sizes = { dModel: 8, dFf: 12 };
  const { parameters } = blockCost({ ...sizes, batchSize: 1, time: 1, biases });
  expect(parameters).toBe(countParameters(initBlock(random(1), sizes, 0.1, biases)));
});

describe("languageModelCost", () => {
  const shape = { vocabSize: 11, time: 7, dModel: 8, numHeads: 2, numLayers: 3 };
  const model = () => initLanguageModel(random(1), shape, 0.1);
  test("has the model's parameters", () => {
    expect(languageModelCost(shape).parameters).toBe(countParameters(model()));
    const wide = { ...shape, dFf: 20 };
    expect(languageModelCost(wide).parameters).toBe(countParameters(initLanguageModel(random(1), wide, 0.1)));
  });
  test("has the products of a forward pass", async () => {
    const tokens = tf.zeros<tf.Rank.R2>([3, 5], "int32");
    const counted = await countProducts(() => forward(model(), tokens, shape.numHeads));
    const lookUp = 2 * 3 * 5 * shape.vocabSize * shape.dModel; // the lab embeds by a product with one-hot rows
    expect(languageModelCost(shape, { batchSize: 3, time: 5 }).flops).toBe(counted - lookUp);
  });
  test("of the original GPT-2 differs by its biases and its second table alone", () => {
    // 124,439,808 parameters with one table for both ends and biases: those of 12 blocks, and of the last norm's alike.
    const { parameters } = languageModelCost({ vocabSize: 50257, time: 1024, dModel: 768, numLayers: 12 });
    const biases = 12 * (4 * 768 + 4 * 768 + 768);
    expect(parameters - 50257 * 768 + biases).toBe(124_439_808);
  });
});

describe("visionTransformerCost", () => {
  const base: VisionShape = {
    imageSize: 224,
    patchSize: 16,
    channels: 3,
    dModel: 768,
    numLayers: 12,
    classes: 1000,
    pooling: "class token",
  };
  test("has the 86,567,656 parameters of ViT-B/16", () => {
    expect(visionTransformerCost(base).parameters).toBe(86_567_656);
  });
  test.each(["class token", "mean"] as const)(
    "has parameters and products of a small model, %s",
    async (pooling) => {
      const shape: VisionShape = {
        ...base,
        imageSize: 8,
        patchSize: 4,
        dModel: 8,
        numLayers: 2,
        classes: 5,
        pooling,
      };
      const model = initVisionTransformer(random(1), shape, 0.1);
      const { parameters, flops } = visionTransformerCost(shape, 3);
      expect(parameters).toBe(countParameters(model));
      const images = tf.zeros<tf.Rank.R4>([3, 8, 8, 3]);
      const run = () => traceVision(model, images, { patchSize: 4, numHeads: 2 }).logits;
      expect(flops).toBe(await countProducts(run));
    },
  );
  test("names patches that do not fill the image", () => {
    expect(() => visionTransformerCost({ ...base, patchSize: 15 })).toThrow(
      "visionTransformerCost: expected imageSize = 224 to be a multiple of patchSize, got 15",
    );
  });
});

test("bytes and training steps", () => {
  expect(bytesOf(10)).toBe(40);
  expect(bytesOf(3, 4)).toBe(2); // 12 bits
  expect(() => bytesOf(-1)).toThrow("bytesOf: expected numbers to be a whole number of 0 or more, got -1");
  const keys = Array.from({ length: 2 }, () => new Float32Array(3 * 5 * 8)); // one table per layer
  const bytes = 2 * keys.reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(cacheBytes({ numLayers: 2, batchSize: 3, time: 5, dModel: 8 })).toBe(bytes);
  expect(trainingFlops({ parameters: 1, flops: 7 })).toBe(21);
});
