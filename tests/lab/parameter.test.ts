import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { countParameters, flatten, leaves, mapParameters, unflatten } from "#lab/parameter";
import { maskOf, selectedPaths, selects } from "#lab/selection";
import { startHere } from "./device-case";

beforeAll(() => startHere("cpu"));

const tree = () => ({
  tokens: tf.zeros([2, 3]),
  blocks: [
    { attention: { query: tf.zeros([1]), value: tf.zeros([2]) }, norm: { bias: tf.zeros([1]) } },
    { attention: { query: tf.zeros([1]), value: tf.zeros([2]) }, norm: { bias: tf.zeros([1]) } },
  ],
  head: tf.ones([3]),
});

describe("trees", () => {
  test("flatten and unflatten are inverse", () => {
    const one = tree();
    const flat = flatten(one);
    expect(Object.keys(flat)).toEqual(leaves(one).map(({ path }) => path));
    expect(flat["blocks.1.attention.value"]).toBe(one.blocks[1]!.attention.value);
    expect(unflatten(flat)).toEqual(one);
  });
  test("unflatten makes lists in the order of their numbers", () => {
    const tensors = Array.from({ length: 11 }, (_, index) => tf.scalar(index));
    const shuffled = Object.fromEntries(tensors.map((t, index) => [`a.${(index * 7) % 11}`, t]));
    const expected = tensors.map((_, place) => tensors[(place * 8) % 11]); // 7 · 8 = 1 mod 11
    expect(unflatten(shuffled)).toEqual({ a: expected });
    expect(unflatten({ "a.1": tensors[0]! })).toEqual({ a: { "1": tensors[0] } });
  });
  test("unflatten refuses paths that make no tree", () => {
    const t = tf.zeros([1]);
    expect(() => unflatten({ a: t, "a.b": t })).toThrow(
      'unflatten: expected a tensor or a tree at "a", got both',
    );
    expect(() => unflatten({ "a..b": t })).toThrow('got an empty one in "a."');
  });
  test("what is undefined is not there", () => {
    const some = { weight: tf.zeros([2]), bias: undefined };
    expect(leaves(some).map(({ path }) => path)).toEqual(["weight"]);
    expect(countParameters(some)).toBe(2);
    expect(mapParameters(some, tf.onesLike).bias).toBeUndefined();
  });
});

describe("selection", () => {
  const layer = (l: number) =>
    ["attention.query", "attention.value", "norm.bias"].map((name) => `blocks.${l}.${name}`);
  const paths = ["tokens", ...layer(0), ...layer(1), "head"];
  test("is tried on the paths of the tree", () => {
    expect(leaves(tree()).map(({ path }) => path)).toEqual(paths);
  });
  test.each([
    ["head", ["head"]],
    ["*", ["tokens", "head"]],
    ["blocks.*.attention.query", ["blocks.0.attention.query", "blocks.1.attention.query"]],
    ["blocks.1.**", ["blocks.1.attention.query", "blocks.1.attention.value", "blocks.1.norm.bias"]],
    ["**.{value,bias}", paths.filter((path) => /value$|bias$/.test(path))],
    ["h*d", ["head"]],
    ["blocks.0.norm.bia.", []],
    ["blocks", []],
  ])("%s", (pattern, expected) => {
    expect(paths.filter(selects(pattern))).toEqual(expected);
  });
  test("takes several patterns, or a function", () => {
    expect(selectedPaths(tree(), ["head", "tokens"])).toEqual(["tokens", "head"]);
    expect(selectedPaths(tree(), (path) => path.length === 4)).toEqual(["head"]);
  });
  test("refuses a pattern that fits nothing", () => {
    expect(() => selectedPaths({ a: tf.zeros([1]) }, "b.*")).toThrow(
      "selectedPaths: expected leaves that fit b.*, got none among a",
    );
  });
  test("maskOf is 1 in what is selected", async () => {
    const mask = maskOf(tree(), "**.query");
    for (const { path, tensor } of leaves(mask)) {
      expect(new Set(await tensor.data())).toEqual(new Set([path.endsWith("query") ? 1 : 0]));
    }
    expect(mask.blocks[0]!.attention.value.shape).toEqual([2]);
  });
});
