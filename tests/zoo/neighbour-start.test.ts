import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { random } from "#lab/random";
import { forward } from "#lab/transformer";
import { attentionWeights } from "#zoo/attention-weights";
import { initNeighbourly, waves } from "#zoo/neighbour-start";
import { weightsByOffset } from "#zoo/offset-map";
import { expectClose, startHere } from "../lab/device-case";

beforeAll(() => startHere("cpu"));

test("waves from half a turn per token to one turn in all, by hand", async () => {
  const row = (t: number) => [Math.PI, Math.PI / 4].flatMap((w) => [Math.sin(w * t), Math.cos(w * t)]);
  await expectClose(waves(8, 4), [0, 1, 2, 3, 4, 5, 6, 7].flatMap(row), 1e-6);
});

test("each head looks at its neighbour most in the first block, and still much in the others", async () => {
  const shape = { vocabSize: 50, time: 64, dModel: 64, numHeads: 4, numLayers: 3 };
  const model = initNeighbourly(random(0), shape, 0.07);
  const inputs = tf.tensor2d(random(1).integers(64, 50), [1, 64], "int32");
  for (const l of [1, 2, 3]) {
    const heads = await attentionWeights(l, (options) =>
      forward(model, inputs, 4, { ...options, bidirectional: true }),
    );
    weightsByOffset(heads, 8).forEach((weights, head) => {
      const own = weights[8 + [-1, 1, -2, 2][head]!]!;
      if (l === 1) expect(own).toBe(Math.max(...weights));
      expect(own / Math.max(weights[0]!, weights[16]!)).toBeGreaterThan(3);
    });
  }
});

test("names sizes that it cannot start", () => {
  const shape = { vocabSize: 5, time: 8, dModel: 10, numHeads: 5, numLayers: 1 };
  expect(() => initNeighbourly(random(0), shape, 0.07)).toThrow(
    "initNeighbourly: expected an even dModel and at most 4 heads, got 10 and 5",
  );
});
