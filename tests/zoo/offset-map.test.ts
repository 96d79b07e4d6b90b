import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { offsetMap, weightsByOffset } from "#zoo/offset-map";
import { startHere, startNodeSession } from "../lab/device-case";

test("weights by the key's place from the query, by hand", () => {
  const head = [
    [0.5, 0.3, 0.2],
    [0.1, 0.8, 0.1],
    [0.6, 0, 0.4],
  ];
  const [offsets] = weightsByOffset([head], 2);
  const expected = [0.6, (0.1 + 0) / 2, (0.5 + 0.8 + 0.4) / 3, (0.3 + 0.1) / 2, 0.2];
  offsets!.forEach((weight, place) => expect(weight).toBeCloseTo(expected[place]!, 12));
});

test("a row for each head of each block, averaged over the passes", async () => {
  await startHere("cpu");
  startNodeSession();
  const shape = { vocabSize: 5, time: 6, dModel: 4, numHeads: 2, numLayers: 3 };
  const model = initLanguageModel(random(0), shape, 0.5);
  const passes = [
    [0, 1, 2, 3, 4],
    [4, 4, 1, 0, 2],
  ].map(
    (tokens) => (options: object) =>
      forward(model, tf.tensor2d(tokens, [1, 5], "int32"), 2, { ...options, bidirectional: true }),
  );
  const figures = await Promise.all([await offsetMap(3, passes, 2), await offsetMap(3, [passes[0]!], 2)]);
  const [both, first] = figures.map(({ table }) => table!);
  const second = (await offsetMap(3, [passes[1]!], 2)).table!;
  expect(both!.columns.slice(1)).toEqual(["-2", "-1", "0", "1", "2"]);
  expect(both!.rows.map(([name]) => name)).toEqual(["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"]);
  both!.rows.forEach((row, r) =>
    row.slice(1).forEach((weight, c) => {
      const mean = (Number(first!.rows[r]![c + 1]) + Number(second.rows[r]![c + 1])) / 2;
      expect(Number(weight)).toBeCloseTo(mean, 6);
    }),
  );
});
