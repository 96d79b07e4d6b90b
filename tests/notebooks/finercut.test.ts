import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { forward, initLanguageModel, type LanguageModel } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import * as reference from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/finercut");
let core: Notebook;
const claims: Claim[] = [];
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/finercut");
});

test("at quick scale, identities and counts hold; orderings and trends are reported", () => {
  expect(claims).toHaveLength(9);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" || kind === "count" ? "holds" : "reported"]);
});

describe("jensenShannon", () => {
  const [tokens, vocabSize] = [6, 5];
  const js = (z: reference.Matrix, w: reference.Matrix) => {
    let sum = 0;
    z.forEach((row, t) => {
      const [P, Q] = [reference.softmax(row), reference.softmax(w[t]!)];
      for (let v = 0; v < vocabSize; v++) {
        const M = (P[v]! + Q[v]!) / 2;
        if (P[v]! > 0) sum += (P[v]! * Math.log(P[v]! / M)) / 2;
        if (Q[v]! > 0) sum += (Q[v]! * Math.log(Q[v]! / M)) / 2;
      }
    });
    return sum / z.length;
  };
  const logits = (seed: number, times = 3) =>
    reference.numbers(tokens * vocabSize, seed).map((x) => Math.fround(times * x));

  test("is the divergence of the softmaxes, from P, Q and M themselves", async () => {
    const [z, w] = [logits(1), logits(2)];
    const expected = js(reference.rows(z, vocabSize), reference.rows(w, vocabSize));
    expect(expected).toBeGreaterThan(0.1);
    const shape = [2, tokens / 2, vocabSize];
    await expectClose(core.jensenShannon(tf.tensor(z, shape), tf.tensor(w, shape)), [expected], 1e-6);
    await expectClose(core.jensenShannon(tf.tensor(w, shape), tf.tensor(z, shape)), [expected], 1e-6);
  });
  test("is log 2 for distributions without a common token, and 0 for the same one", async () => {
    const z = tf.tensor([200, 0, 0], [1, 1, 3]);
    await expectClose(core.jensenShannon(z, tf.tensor([0, 200, 0], [1, 1, 3])), [Math.LN2], 1e-6);
    await expectClose(core.jensenShannon(z, tf.add(z, 7)), [0], 1e-6);
  });
});

describe("without", () => {
  const shape = { vocabSize: 5, time: 3, dModel: 4, numHeads: 2, numLayers: 2 };
  const tokens = [1, 4, 2];
  let model: LanguageModel;
  let weights: Map<string, number[]>;
  beforeAll(async () => {
    model = mapParameters(initLanguageModel(random(0), shape, 1), (tensor, path) =>
      tf.tensor(reference.numbers(tensor.size, path.length), tensor.shape),
    );
    const read = leaves(model).map(
      async ({ path, tensor }) => [path, [...(await tensor.data())]] as [string, number[]],
    );
    weights = new Map(await Promise.all(read));
  });
  /** The chain of sub-layers that are left, by their numbers in the paper. */
  function chain(S: number[]): number[] {
    const list = (path: string) => weights.get(path)!;
    const matrix = (path: string, columns = 4) => reference.rows(list(path), columns);
    const normed = (x: reference.Matrix, path: string) =>
      reference.layerNorm(x, list(`${path}.gain`), list(`${path}.bias`));
    let x = tokens.map((token, t) =>
      matrix("tokens")[token]!.map((value, j) => value + matrix("positions")[t]![j]!),
    );
    for (let i = 1; i <= 4; i++) {
      if (S.includes(i)) continue;
      const at = `blocks.${i <= 2 ? 0 : 1}`;
      if (i === 1 || i === 3) {
        const [query, key, value, output] = ["query", "key", "value", "output"].map((name) =>
          matrix(`${at}.attention.${name}`),
        ) as [reference.Matrix, reference.Matrix, reference.Matrix, reference.Matrix];
        const added = reference.attention(normed(x, `${at}.norm1`), { query, key, value, output }, 2, true);
        x = reference.sum(x, added);
      } else {
        const hidden = reference.product(normed(x, `${at}.norm2`), matrix(`${at}.feedForward.hidden`, 16));
        const active = hidden.map((row) => row.map(reference.gelu));
        x = reference.sum(x, reference.product(active, matrix(`${at}.feedForward.output`)));
      }
    }
    return reference.product(normed(x, "norm"), matrix("head", 5)).flat();
  }

  test.each([[[]], [[1]], [[2]], [[3]], [[2, 3]], [[4, 1]], [[1, 2, 3, 4]]])(
    "leaves the chain of the others, for S = %j",
    async (S) => {
      const input = tf.tensor2d(tokens, [1, 3], "int32");
      await expectClose(forward(model, input, 2, { block: core.without(S) }), chain(S), 1e-5);
    },
  );
});

describe("greedy", () => {
  /** A distance in which 2 is cheap alone, and 4 and 5 are cheap together with it. */
  const cost = new Map([
    ["1", 5], ["2", 1], ["3", 2], ["4", 6], ["5", 7],
    ["1,2", 6], ["2,3", 9], ["2,4", 4], ["2,5", 8],
    ["1,2,4", 9], ["2,3,4", 8], ["2,4,5", 5],
  ]); // prettier-ignore
  const asked: string[] = [];
  const distance = async (S: number[]) => {
    const key = String([...S].sort());
    asked.push(key);
    return cost.get(key) ?? 100 - S.length;
  };

  test("measures the others again after each removal", async () => {
    asked.length = 0;
    const cuts = await core.greedy(5, 3, distance);
    expect(cuts).toEqual([
      { S: [2], D: 1 },
      { S: [2, 4], D: 4 },
      { S: [2, 4, 5], D: 5 },
    ]);
    expect(asked).toHaveLength(5 + 4 + 3);
    expect(new Set(asked).size).toBe(5 + 4 + 3);
  });
  test("keeps the first blocks until enough are gone", async () => {
    // n = 10, x = 0.4: blocks 1 to 3, sub-layers 1 to 6, stay until 5 are gone, but only 4 are left.
    await expect(core.greedy(10, 5, async (S) => S.at(-1)!, 0.4)).rejects.toThrow();
    // n = 20, x = 0.2: blocks 1 to 3 stay until 5 are gone.
    const cuts = await core.greedy(20, 7, async (S) => S.at(-1)!, 0.2);
    expect(cuts.at(-1)!.S).toEqual([7, 8, 9, 10, 11, 1, 2]);
  });
  test("takes nothing for K = 0", async () => {
    expect(await core.greedy(4, 0, distance)).toEqual([]);
  });
});

test("best takes the first of the least", async () => {
  expect(await core.best([[1], [2], [3]], async ([j]) => (j === 1 ? 2 : 1))).toEqual({ S: [2], D: 1 });
});
