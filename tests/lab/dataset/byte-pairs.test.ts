import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bytePairs } from "#lab/dataset/byte-pairs";

const book = readFileSync("public/data/moby-dick.txt", "utf8");
const other = readFileSync("public/data/state-of-the-union.txt", "utf8").slice(0, 30_000);

test("decode gives back what was encoded, of this text and of another", () => {
  const pairs = bytePairs(book.slice(0, 60_000), 300);
  for (const text of [book.slice(0, 60_000), other, "", "\n\n  a\n", "~!x1 2  "])
    expect(pairs.decode(pairs.encode(text))).toBe(text);
  expect(pairs.encode(other).length).toBeLessThan(0.75 * other.length);
  expect(new Set(pairs.pieces).size).toBe(300);
});

test("joins the most frequent pair first, and the smaller one of equals", () => {
  // aab 3 times, ab twice: "ab" stands 5 times, then "aa b"'s a + ab 3 times.
  expect(bytePairs("aab\naab\naab\nab\nab", 98).pieces.slice(96)).toEqual(["ab", "aab"]);
  expect(bytePairs("zy\nzy\nab\nab", 97).pieces[96]).toBe("ab");
});

test("the first joined piece is the pair that a plain count finds", () => {
  const counts = new Map<string, number>();
  for (const word of book.match(/ ?[A-Za-z]+/g)!)
    for (let i = 0; i + 1 < word.length; i++)
      counts.set(word.slice(i, i + 2), (counts.get(word.slice(i, i + 2)) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  expect(bytePairs(book, 97).pieces[96]).toBe(most);
});

test("the same text gives the same vocabulary; words are never joined across a space", () => {
  const [a, b] = [bytePairs(other, 200), bytePairs(other, 200)];
  expect(a.pieces).toEqual(b.pieces);
  expect(a.pieces.filter((piece) => /[^ ] /.test(piece))).toEqual([]);
});

test("names what it cannot do", () => {
  expect(() => bytePairs("ab", 95)).toThrow("bytePairs: expected a vocabSize of at least 96, got 95");
  expect(() => bytePairs("abab", 99)).toThrow("got enough for 97; ask for fewer");
  expect(() => bytePairs("abab", 97).decode([97])).toThrow("expected tokens from 0 to 96, got 97");
  expect(() => bytePairs("abab", 97).encode("é")).toThrow("encode: expected printable ASCII");
});
