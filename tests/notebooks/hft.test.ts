import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { initLanguageModel, type LanguageModel } from "#lab/transformer";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/hft");
let core: Notebook;
const claims: Claim[] = [];
let models: LanguageModel[];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/hft");
  const shape = { vocabSize: 5, time: 4, dModel: 4, numHeads: 2, numLayers: 3 };
  const plain = initLanguageModel(random(0), shape, 1);
  models = [1, 2].map((seed) =>
    mapParameters(plain, (tensor, path) => tf.tensor(numbers(tensor.size, seed * path.length), tensor.shape)),
  );
});

test("at quick scale, identities and counts hold; orderings are reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims) {
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
  }
});

describe("draw", () => {
  const categories = {
    attention: ["attention.query", "attention.key", "attention.value", "attention.output"],
    feedForward: ["feedForward.hidden", "feedForward.output"],
    norms: ["norm1.gain", "norm2.gain"],
  };

  test.each([0, 1, 2])("trains half of each category in each block, for seed %i", (seed) => {
    const M = core.draw(random(seed), 5);
    for (let l = 0; l < 5; l++) {
      for (const names of Object.values(categories)) {
        const trained = names.filter((name) => M(`blocks.${l}.${name}`));
        expect(trained).toHaveLength(names.length / 2);
      }
      // A bias follows its gain.
      for (const norm of ["norm1", "norm2"])
        expect(M(`blocks.${l}.${norm}.bias`)).toBe(M(`blocks.${l}.${norm}.gain`));
    }
  });
  test("always trains what is outside the blocks", () => {
    const M = core.draw(random(0), 2, 0);
    for (const path of ["tokens", "positions", "head", "norm.gain", "norm.bias"]) expect(M(path)).toBe(true);
    expect(M("blocks.0.attention.query")).toBe(false);
  });
  test("trains all for a share of 1", () => {
    const M = core.draw(random(0), 3, 1);
    for (const { path } of leaves(models[0]!)) expect([path, M(path)]).toEqual([path, true]);
  });
  test("draws anew from the same generator, and the same for the same seed", () => {
    const paths = leaves(models[0]!).map(({ path }) => path);
    const [generator, again] = [random(4), random(4)];
    const [first, second] = [core.draw(generator, 3), core.draw(generator, 3)];
    expect(paths.map(core.draw(again, 3))).toEqual(paths.map(first));
    expect(paths.map(second)).not.toEqual(paths.map(first));
  });
  test("knows block 1 from block 10", () => {
    const M = core.draw(random(1), 11);
    const halfOf = (l: number) => categories.attention.filter((name) => M(`blocks.${l}.${name}`)).length;
    expect([halfOf(1), halfOf(10)]).toEqual([2, 2]);
  });
});

/** The numbers of a model by path. */
async function read(model: LanguageModel): Promise<Map<string, readonly number[]>> {
  const entries = leaves(model).map(async ({ path, tensor }) => [path, [...(await tensor.data())]] as const);
  return new Map(await Promise.all(entries));
}

test("moved sums the squares of all that should have stayed", async () => {
  const [theta, theta0] = models as [LanguageModel, LanguageModel];
  const M = core.draw(random(2), 3);
  const [now, before] = [await read(theta), await read(theta0)];
  let expected = 0;
  for (const [path, values] of now) {
    if (M(path)) continue;
    values.forEach((value, i) => (expected += (value - before.get(path)![i]!) ** 2));
  }
  expect(expected).toBeGreaterThan(1);
  const [got] = await core.moved(theta, theta0, M).data();
  expect(got! / expected).toBeCloseTo(1, 5);
  expect([...(await core.moved(theta, theta0, () => true).data())]).toEqual([0]);
  expect([...(await core.moved(theta, theta, M).data())]).toEqual([0]);
});

test("reset keeps what M names, bit by bit, and puts back the rest", async () => {
  const [theta, theta0] = models as [LanguageModel, LanguageModel];
  const M = core.draw(random(3), 3);
  const [got, now, before] = [
    await read(core.reset(theta, theta0, M)),
    await read(theta),
    await read(theta0),
  ];
  for (const [path, values] of got) expect(values).toEqual((M(path) ? now : before).get(path));
});
