import { expect, test } from "vitest";
import { distance, nearest } from "#site/search/nearest";

test.each([
  ["", "", 0],
  ["hedgehog", "hedgehog", 0],
  ["hedghog", "hedgehog", 1],
  ["kitten", "sitting", 3],
  ["lora", "", 4],
  ["ab", "ba", 1],
  ["hedgehgo", "hedgehog", 1],
  ["abc", "cab", 2],
])("from %j to %j it is %i edits", (a, b, edits) => {
  expect(distance(a, b)).toBe(edits);
  expect(distance(b, a)).toBe(edits);
});

test("the nearest names come first, and far ones not at all", () => {
  const all = ["Hedgehog", "LOZO", "HFT", "HST"].map((name) => ({
    name,
    href: `/t/${name}/`,
    known: [name],
  }));
  const names = (words: string) => nearest(words, all).map(({ name }) => name);
  expect(names("hedghog")).toEqual(["Hedgehog"]);
  expect(names("hft")).toEqual(["HFT", "HST"]);
  expect(names("convolution")).toEqual([]);
});
