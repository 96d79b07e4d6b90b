import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { withBiases } from "#lab/arena/ring";
import { causalMask } from "#lab/attention";
import { techniques } from "#lab/entries";
import { enter as bitFit } from "#lab/entry/bitfit";
import { enter as dept } from "#lab/entry/dept";
import { encode } from "#lab/dataset/text";
import { enter as hft } from "#lab/entry/hft";
import { split } from "#lab/entry/hooked-block";
import { enter as ia3 } from "#lab/entry/ia3";
import { openingTokens, openingVectors } from "#lab/entry/opening";
import { layerNorm, linear } from "#lab/layer";
import { enter as lozo } from "#lab/entry/lozo";
import { enter as prefix } from "#lab/entry/prefix";
import { enter as prompt } from "#lab/entry/prompt";
import { enter as s2ft } from "#lab/entry/s2ft";
import { enter as ssf } from "#lab/entry/ssf";
import { countParameters, flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { forward, initLanguageModel, type LanguageModel } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, softmax } from "#tests/lab/reference";

let model: LanguageModel;
const [L, d, f] = [4, 16, 64];
beforeAll(async () => {
  startNodeSession({ scale: "quick" });
  await startHere("wasm");
  const shape = { vocabSize: 96, time: 64, dModel: d, numHeads: 4, numLayers: L, dFf: f };
  model = withBiases(initLanguageModel(random(1), shape, 0.3));
});
const list = async (tensor: tf.Tensor) => Array.from(await tensor.data());

test("each technique has its name's page, and starts from a contender", () => {
  for (const [name, { slug, enter }] of Object.entries(techniques)) {
    expect(slug).toBe(name.toLowerCase().replace("²", "2"));
    expect(countParameters(enter(model, random(1)).parameters), name).toBeGreaterThan(0);
  }
});

test("SSF has a pair after each of seven d and one dFf outputs of a block, and after the last norm", () => {
  const { parameters } = ssf(model, random(1));
  expect(countParameters(parameters)).toBe(L * 2 * (7 * d + f) + 2 * d);
});

test("HFT trains the weights that its notebook's draw names, with their biases, and all outside the blocks", async () => {
  const { draw } = await import("#notebooks/hft");
  const trained = draw(random(3), L);
  const trains = hft(model, random(3)).trains as (path: string) => boolean;
  for (const path of Object.keys(flatten(model))) {
    const expected = path !== "head" && trained(path.replace(".biases", ""));
    expect([path, trains(path)]).toEqual([path, expected]);
  }
});

test("S²FT adds each row of Δ to a row of its own, of a tenth of the channels and a quarter of the heads", async () => {
  const { parameters, changed } = s2ft(model, random(4));
  const Delta = flatten(mapParameters(parameters, (t) => random(t.size).normal(t.shape)));
  const rows = Object.entries(Delta).reduce(
    (sum, [path, { shape }]) => ({
      ...sum,
      [path.split(".")[2]!]: (sum[path.split(".")[2]!] ?? 0) + shape[0]!,
    }),
    {} as Record<string, number>,
  );
  expect(rows).toEqual({ feedForward: Math.floor(0.1 * L * f), attention: d });
  const [before, after] = [flatten(model), flatten(changed(Delta).model)];
  for (const [path, W] of Object.entries(before)) {
    const change = (await tf.sub(after[path]!, W).array()) as number[][];
    if (!Delta[path]) {
      expect((await list(tf.abs(tf.sub(after[path]!, W)))).every((x) => x === 0)).toBe(true);
      continue;
    }
    const moved = change.filter((row) => row.some((x) => x !== 0));
    const wanted = (await Delta[path].array()) as number[][];
    const sorted = (some: number[][]) => [...some].sort((a, b) => a[0]! - b[0]!).flat();
    expect(moved).toHaveLength(wanted.length);
    await expectClose(tf.tensor1d(sorted(moved)), sorted(wanted));
  }
});

test("DePT adds A B to the positions as its notebook does, and puts its prompt before", async () => {
  const { withOffset } = await import("#notebooks/dept");
  const { parameters, changed } = dept(model, random(5));
  const wild = mapParameters(parameters, (t) => random(t.size).normal(t.shape));
  const own = wild as { prompt: tf.Tensor2D; A: tf.Tensor2D; B: tf.Tensor2D };
  const { model: now, options } = changed(wild);
  await expectClose(now.positions, await list(withOffset(model, own).positions));
  expect(options!.prompt).toBe(own.prompt);
  const spent = countParameters(parameters);
  expect(spent).toBeLessThanOrEqual(8 * d); // the budget
});

test("LOZO moves along U Vᵀ by c / r, V staying for 50 steps", async () => {
  const [rows, columns, r, rate] = [3, 4, 2, 0.1];
  const G = numbers(rows * columns, 6);
  const F = ([W]: tf.Tensor[]) => tf.sum(tf.mul(W!, tf.tensor2d(G, [rows, columns]))) as tf.Scalar;
  const twin = random(7);
  const { step } = lozo(model, random(7));
  const V = await list(twin.normal([columns, r]));
  let W = tf.zeros([rows, columns]);
  const expected = new Array<number>(rows * columns).fill(0);
  for (let n = 0; n < 3; n++) {
    W = step!(F, [W], n, rate)[0]!;
    const U = await list(twin.normal([rows, r]));
    const D = expected.map((_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return U[i * r]! * V[j * r]! + U[i * r + 1]! * V[j * r + 1]!;
    });
    const c = D.reduce((sum, x, at) => sum + x * G[at]!, 0);
    D.forEach((x, at) => (expected[at]! -= (rate * c * x) / r));
  }
  await expectClose(W, expected, 1e-3);
});

test("a prefix is seen by all positions, the future by none", async () => {
  const { parameters, changed } = prefix(model, random(8));
  const [p, heads, time, dHead] = [8, 4, 3, d / 4];
  const [q, k, v] = [1, 2, 3].map((seed) => numbers(heads * time * dHead, seed)) as [
    number[],
    number[],
    number[],
  ];
  const tensor = (values: number[]) => tf.tensor4d(values, [1, heads, time, dHead]);
  const kernel = changed(parameters).options!.attention!(1).kernel!;
  const all = flatten(parameters);
  const [Pk, Pv] = [await list(all["0.k"]!), await list(all["0.v"]!)];
  const expected: number[] = [];
  for (let h = 0; h < heads; h++)
    for (let t = 0; t < time; t++) {
      const row = (x: number[], s: number) => x.slice((h * time + s) * dHead, (h * time + s + 1) * dHead);
      const before = (P: number[], i: number) => P.slice((h * p + i) * dHead, (h * p + i + 1) * dHead);
      const join = (P: number[], x: number[]) => [
        ...Array.from({ length: p }, (_, i) => before(P, i)),
        ...Array.from({ length: t + 1 }, (_, s) => row(x, s)),
      ];
      const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      const weights = softmax(join(Pk, k).map((key) => dot(row(q, t), key) / Math.sqrt(dHead)));
      const values = join(Pv, v);
      for (let i = 0; i < dHead; i++)
        expected.push(weights.reduce((sum, w, s) => sum + w * values[s]![i]!, 0));
    }
  await expectClose(kernel(tensor(q), tensor(k), tensor(v), causalMask(time)), expected);
});

test("a prompt begins as the characters of a text at their positions", async () => {
  const tokens = Array.from(encode("Call"));
  expect(await list(openingTokens(4))).toEqual(tokens);
  const [table, positions] = [await model.tokens.array(), await model.positions.array()];
  const expected = tokens.flatMap((token, t) => table[token]!.map((x, f) => x + positions[t]![f]!));
  await expectClose(openingVectors(model, 4), expected);
});

test("a prefix begins as the keys and values of that text", async () => {
  const { parameters } = prefix(model, random(8));
  const { k, v } = (parameters as { k: tf.Tensor4D; v: tf.Tensor4D }[])[0]!;
  const block = model.blocks[0]!;
  const h = layerNorm(tf.expandDims(openingVectors(model, 8), 0), block.norm1);
  await expectClose(k, await list(split(linear(h, block.attention.key))));
  await expectClose(v, await list(split(linear(h, block.attention.value))));
});

describe("what starts at the model, and what is trained of it", () => {
  const tokens = () => tf.tensor2d([3, 1, 4, 1, 5, 9], [1, 6], "int32");
  test.each([
    ["BitFit", bitFit, L * (7 * d + f)],
    ["(IA)³", ia3, L * (2 * d + f)],
    ["prompt", prompt, 8 * d],
    ["prefix", prefix, L * 2 * 8 * d],
  ] as const)("%s", async (name, enter, count) => {
    const { parameters, changed } = enter(model, random(9));
    expect(countParameters(parameters)).toBe(count);
    const { model: now, options } = changed(parameters);
    const apart = tf.max(tf.abs(tf.sub(forward(now, tokens(), 4, options), forward(model, tokens(), 4))));
    const [most] = await list(apart);
    if (name === "BitFit" || name === "(IA)³") expect(most).toBeLessThan(1e-5);
    else expect(most).toBeGreaterThan(1e-3);
  });

  test("(IA)³ folds into columns of W_k and W_v and rows of W_2", async () => {
    const { parameters, changed, merged } = ia3(model, random(9));
    const wild = mapParameters(parameters, (t) => random(t.size).normal(t.shape));
    const { model: now, options } = changed(wild);
    await expectClose(
      forward(merged!(wild), tokens(), 4),
      await list(forward(now, tokens(), 4, options)),
      1e-4,
    );
  });
});
