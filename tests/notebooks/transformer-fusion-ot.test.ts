import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { flatten, leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { classify, initVisionTransformer, type VisionTransformer } from "#lab/vit";
import { startHere, startNodeSession } from "#tests/lab/device-case";
import { layerNorm, type Matrix, numbers, product, rows } from "#tests/lab/reference";

type Notebook = typeof import("#notebooks/transformer-fusion-ot");
let core: Notebook;
const claims: Claim[] = [];
let A: VisionTransformer, B: VisionTransformer;
const images = () => tf.tensor4d(numbers(3 * 4 * 4, 8), [3, 4, 4, 1]);
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/transformer-fusion-ot");
  const shape = {
    imageSize: 4,
    channels: 1,
    patchSize: 2,
    dModel: 8,
    numLayers: 2,
    classes: 3,
    dFf: 6,
  } as const;
  const plain = initVisionTransformer(random(0), { ...shape, pooling: "mean" }, 1);
  [A, B] = [1, 2].map((seed) =>
    mapParameters(plain, (tensor, path) =>
      tf.tensor(numbers(tensor.size, 11 * seed + path.length), tensor.shape),
    ),
  ) as [VisionTransformer, VisionTransformer];
});

test("at quick scale, identities hold; orderings are reported", () => {
  expect(claims).toHaveLength(7);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "identity" ? "holds" : "reported"]);
});

/** A cost of numbers from 0 to 1. */
const cost = (n: number, seed: number) =>
  rows(
    numbers(n * n, seed).map((x) => Math.abs(x) % 1),
    n,
  );
const total = (T: Matrix, M: Matrix) =>
  T.reduce((sum, row, i) => sum + row.reduce((part, t, j) => part + t * M[i]![j]!, 0), 0);

describe("permutation", () => {
  /** All orders of n things. */
  const orders = (n: number): number[][] =>
    n === 0
      ? [[]]
      : orders(n - 1).flatMap((order) => [...Array(n).keys()].map((at) => order.toSpliced(at, 0, n - 1)));

  test.each([1, 2, 3, 4, 5, 6])("costs the least of all permutations of 6, cost %i", (seed) => {
    const M = cost(6, seed);
    const T = core.permutation(M);
    for (let i = 0; i < 6; i++) {
      expect(T[i]!.toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
      expect(T.map((row) => row[i]!).toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    }
    const least = Math.min(...orders(6).map((order) => order.reduce((sum, j, i) => sum + M[i]![j]!, 0)));
    expect(total(T, M)).toBeGreaterThan(least - 1e-9);
    expect(total(T, M)).toBeLessThan(least + 6e-5 + 1e-9);
  });
  test("leaves two that cost nothing in their places", () => {
    expect(
      core.permutation([
        [0, 1],
        [1, 0],
      ]),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(
      core.permutation([
        [1, 0],
        [0, 1],
      ]),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});

describe("sinkhorn", () => {
  test("has rows and columns that sum to 1, and the form diag(u) K diag(v)", () => {
    const [M, epsilon] = [cost(7, 3), 0.1];
    const T = core.sinkhorn(M, epsilon, 2000);
    for (let i = 0; i < 7; i++) {
      expect(T[i]!.reduce((sum, t) => sum + t, 0)).toBeCloseTo(1, 9);
      expect(T.reduce((sum, row) => sum + row[i]!, 0)).toBeCloseTo(1, 9);
    }
    // log T + M / ε is u + v: its second differences over rows and columns vanish.
    const log = (i: number, j: number) => Math.log(T[i]![j]!) + M[i]![j]! / epsilon;
    for (let i = 1; i < 7; i++)
      for (let j = 1; j < 7; j++) expect(log(i, j) - log(0, j) - log(i, 0) + log(0, 0)).toBeCloseTo(0, 8);
  });
  test("is nearly the permutation for a small ε, and nearly uniform for a large one", () => {
    const M = cost(5, 4);
    const hard = core.permutation(M);
    core
      .sinkhorn(M, 0.005, 5000)
      .forEach((row, i) => row.forEach((t, j) => expect(t).toBeCloseTo(hard[i]![j]!, 1)));
    for (const t of core.sinkhorn(M, 1000).flat()) expect(t).toBeCloseTo(1 / 5, 3);
  });
});

test("groundCost is the distance of standardised columns over the largest", async () => {
  const [a, b] = [rows(numbers(24, 5), 4), rows(numbers(24, 6), 4)];
  const standard = (x: Matrix) => {
    const columns = x[0]!.map((_, j) => x.map((row) => row[j]!));
    return columns.map((column) => {
      const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
      const std = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length);
      return column.map((v) => (v - mean) / (std + 1e-9));
    });
  };
  const [p, q] = [standard(a), standard(b)];
  const M = p.map((x) => q.map((y) => Math.sqrt(x.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0))));
  const most = Math.max(...M.flat());
  const flat = rows(await core.groundCost(tf.tensor2d(a), tf.tensor2d(b)).data(), 4);
  const deep = rows(
    await core.groundCost(tf.tensor3d(a.flat(), [2, 3, 4]), tf.tensor3d(b.flat(), [2, 3, 4])).data(),
    4,
  );
  for (const got of [flat, deep])
    got.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(M[i]![j]! / most, 4)));
});

test("outputs are those of the layers, by a direct computation of the first ones", async () => {
  const found = core.outputs(A, images());
  const of = ["query", "key", "value", "output"].map((name) => `attention.${name}`);
  const inBlock = [...of, "feedForward.hidden", "feedForward.output"];
  const expected = [
    "positions",
    "patch.weight",
    ...[0, 1].flatMap((l) => inBlock.map((name) => `blocks.${l}.${name}`)),
  ];
  expect(Object.keys(found)).toEqual(expected);
  const leaf = new Map<string, number[]>();
  for (const { path, tensor } of leaves(A)) leaf.set(path, [...(await tensor.data())]);
  const affine = (x: Matrix, W: string, b: string) => {
    const bias = leaf.get(b)!;
    return product(x, rows(leaf.get(W)!, bias.length)).map((row) => row.map((v, j) => v + bias[j]!));
  };
  const pixels = numbers(3 * 16, 8);
  const patches: Matrix = [];
  for (let image = 0; image < 3; image++)
    for (const [y, x] of [
      [0, 0],
      [0, 2],
      [2, 0],
      [2, 2],
    ] as const)
      patches.push([0, 1, 4, 5].map((offset) => pixels[16 * image + 4 * y + x + offset]!));
  const embedded = affine(patches, "patch.weight", "patch.bias");
  const positions = rows(leaf.get("positions")!, 8);
  const stream = embedded.map((row, r) => row.map((v, j) => v + positions[r % 4]![j]!));
  const h = layerNorm(stream, leaf.get("blocks.0.norm1.gain")!, leaf.get("blocks.0.norm1.bias")!);
  const close = async (path: string, matrix: Matrix) => {
    const got = [...(await found[path]!.data())];
    matrix.flat().forEach((value, i) => expect(got[i]).toBeCloseTo(value, 3));
  };
  await close("patch.weight", embedded);
  for (const name of ["query", "key", "value"])
    await close(
      `blocks.0.attention.${name}`,
      affine(h, `blocks.0.attention.${name}`, `blocks.0.attention.biases.${name}`),
    );
  // What the branches add makes the stream that the last block leaves.
  const last = tf.add(found["blocks.1.attention.output"]!, found["blocks.1.feedForward.output"]!);
  expect(last.shape).toEqual([3, 4, 8]);
});

describe("align", () => {
  const identityMaps = () =>
    Object.fromEntries(
      Object.entries(core.outputs(A, images())).map(([path, x]) => [path, tf.eye(x.shape.at(-1)!)]),
    );
  const same = async (a: VisionTransformer, b: VisionTransformer, digits = 5) => {
    const other = flatten(b);
    for (const { path, tensor } of leaves(a)) {
      const [x, y] = [await tensor.data(), await other[path]!.data()];
      x.forEach((value, i) => expect([path, value]).toEqual([path, expect.closeTo(y[i]!, digits)]));
    }
  };

  test("with maps that are the identity changes nothing, so that fusing is vanilla fusion", async () => {
    await same(core.align(A, identityMaps()), A);
  });
  test("multiplies by loops over indices, with the maps in their places", async () => {
    // Random maps, all different: a map in a wrong place or transposed gives other numbers.
    const T = Object.fromEntries(
      Object.entries(identityMaps()).map(([path, I], k) => [
        path,
        tf.tensor2d(numbers(I.size, 20 + k), I.shape as [number, number]),
      ]),
    );
    const map = new Map<string, Matrix>();
    for (const [path, tensor] of Object.entries(T))
      map.set(path, rows(await tensor.data(), tensor.shape[1]!));
    const mean = (a: Matrix, b: Matrix) => a.map((row, i) => row.map((v, j) => (v + b[i]![j]!) / 2));
    const S: Matrix[] = [mean(map.get("patch.weight")!, map.get("positions")!)];
    for (const l of [0, 1])
      for (const part of ["attention", "feedForward"])
        S.push(mean(S.at(-1)!, map.get(`blocks.${l}.${part}.output`)!));
    const got = flatten(core.align(A, T));
    const source = flatten(A);
    const check = async (path: string, into: Matrix | undefined, out: Matrix | undefined) => {
      const width = source[path]!.rank === 1 ? source[path]!.size : source[path]!.shape[1]!;
      const W = rows(await source[path]!.data(), width);
      const values = rows(await got[path]!.data(), width);
      values.forEach((row, r) =>
        row.forEach((value, c) => {
          let expected = 0;
          for (let i = 0; i < W.length; i++)
            for (let j = 0; j < width; j++)
              expected += (into ? into[i]![r]! : +(i === r)) * W[i]![j]! * (out ? out[j]![c]! : +(j === c));
          expect([path, value]).toEqual([path, expect.closeTo(expected, 3)]);
        }),
      );
    };
    await check("patch.weight", undefined, map.get("patch.weight"));
    await check("patch.bias", undefined, map.get("patch.weight"));
    await check("positions", undefined, map.get("positions"));
    for (const l of [0, 1]) {
      const at = (name: string) => `blocks.${l}.${name}`;
      const T = (name: string) => map.get(at(name))!;
      for (const name of ["gain", "bias"]) {
        await check(at(`norm1.${name}`), undefined, S[2 * l]);
        await check(at(`norm2.${name}`), undefined, S[2 * l + 1]);
      }
      for (const name of ["query", "key", "value"])
        await check(at(`attention.${name}`), S[2 * l], T(`attention.${name}`));
      await check(at("attention.output"), T("attention.value"), T("attention.output"));
      await check(at("feedForward.hidden"), S[2 * l + 1], T("feedForward.hidden"));
      await check(at("feedForward.output"), T("feedForward.hidden"), T("feedForward.output"));
      for (const name of ["query", "output"])
        await check(at(`attention.biases.${name}`), undefined, T(`attention.${name}`));
      for (const name of ["hidden", "output"])
        await check(at(`feedForward.biases.${name}`), undefined, T(`feedForward.${name}`));
    }
    await check("norm.gain", undefined, S[4]);
    await check("head.weight", S[4], undefined);
    await check("head.bias", undefined, undefined);
  });
  test("by the maps to a permuted copy makes the copy", async () => {
    const order = (n: number) => (n === 8 ? [6, 5, 7, 4, 2, 1, 3, 0] : [3, 0, 5, 1, 2, 4]);
    const P = Object.fromEntries(
      Object.entries(identityMaps()).map(([path, I]) => {
        const n = I.shape[0]!;
        // Heads of two neurons move as a whole: pairs stay pairs.
        const own = /query|key|value/.test(path) ? [4, 5, 0, 1, 7, 6, 3, 2] : order(n);
        return [path, tf.gather(I, [...own])];
      }),
    );
    const copy = core.align(A, P);
    const sizes = { patchSize: 2, numHeads: 4 };
    const [before, after] = [
      await classify(A, images(), sizes).data(),
      await classify(copy, images(), sizes).data(),
    ];
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 3));
    await same(core.align(A, await core.maps(A, copy, images(), 0)), copy, 4);
  });
});

test("fuse is (1 - α) A + α B of every number", async () => {
  for (const [alpha, fused] of [
    [0.5, core.fuse(A, B)],
    [0.2, core.fuse(A, B, 0.2)],
  ] as const) {
    const [a, b] = [flatten(A), flatten(B)];
    for (const { path, tensor } of leaves(fused)) {
      const [x, y, z] = [await tensor.data(), await a[path]!.data(), await b[path]!.data()];
      x.forEach((value, i) => expect(value).toBeCloseTo((1 - alpha) * y[i]! + alpha * z[i]!, 5));
    }
  }
});
