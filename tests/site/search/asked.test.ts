import { expect, test } from "vitest";
import { askedWords, bare, nearestWord, wordsOf } from "#site/search/asked";
import type { Hit } from "#site/search/engine";
import { rank } from "#site/search/rank";

test.each([
  ["S²FT", "s2ft"],
  ["s^2ft", "s2ft"],
  ["(IA)³", "ia3"],
  ["LoRA+", "lora+"],
  ["Zero-TPrune", "zerotprune"],
  ["naïve", "naive"],
])("%s is bare as %s", (word, expected) => {
  expect(bare(word)).toBe(expected);
});

test("a word with a hyphen is itself and its parts", () => {
  expect(wordsOf("Zero-TPrune: token pruning")).toEqual(["zerotprune", "zero", "tprune", "token", "pruning"]);
});

test.each([
  ["How do I stop catastrophic forgetting?", ["stop", "catastrophic", "forgetting"]],
  ["https://arxiv.org/abs/2402.04347v2", ["2402.04347"]],
  ["to be or not to be", ["to", "be", "or", "not"]],
  ["prune, prune and prune", ["prune"]],
  ["zero-tprune (IA)³", ["zero-tprune", "(ia)³"]],
])("%s asks for %j", (text, words) => {
  expect(askedWords(text)).toEqual(words);
});

test("the nearest known word is one edit away, two for a long one, the more frequent first", () => {
  const known = ["attention", "retention", "hedgehog", "lora", "lore"];
  expect(nearestWord("atention", known)).toBe("attention");
  expect(nearestWord("hedghgo", known)).toBeUndefined(); // two edits, seven letters
  expect(nearestWord("catention", known)).toBe("attention");
  expect(nearestWord("lorb", known)).toBe("lora");
  expect(nearestWord("lor", known)).toBeUndefined(); // too short to guess
});

test("a page with all words leads, and a rare word counts more than a common one", async () => {
  const hit = (id: string, score = 1): Hit => ({
    id,
    score,
    data: () => Promise.reject(new Error("not read")),
  });
  const common = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const index: Record<string, Hit[]> = {
    "rare common": [hit("both", 0.1)],
    rare: [hit("r"), hit("both", 0.1)],
    common: [...common.map((id) => hit(id)), hit("both", 0.1)],
  };
  const ranked = await rank(["rare", "common"], (words) => Promise.resolve(index[words] ?? []));
  expect(ranked.map(({ id }) => id).slice(0, 2)).toEqual(["both", "r"]);
});
