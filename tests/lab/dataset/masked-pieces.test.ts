import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { maskedPieces } from "#lab/dataset/masked-pieces";
import { startNodeSession } from "../device-case";

const book = readFileSync("public/data/moby-dick.txt", "utf8");
beforeAll(() => startNodeSession());

test("511 pieces of the book's training part, and the mask", async () => {
  const { pieces, vocabSize, mask, encode, decode } = await maskedPieces();
  expect([pieces.length, vocabSize, mask, new Set(pieces).size]).toEqual([512, 512, 511, 512]);
  expect(pieces[96]).toBe(" t");
  const tokens = encode(book.slice(-3000));
  expect(Math.max(...tokens)).toBeLessThan(mask);
  expect(decode(tokens)).toBe(book.slice(-3000));
  expect(decode([...encode("the "), mask, ...encode(" whale")])).toBe("the ▁ whale");
  for (const piece of pieces.slice(96, -1)) expect(book).toContain(piece);
});

test("is the same at every call", async () => {
  expect((await maskedPieces()).pieces).toEqual((await maskedPieces()).pieces);
});
