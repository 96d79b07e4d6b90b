import { expect, test } from "vitest";
import { cellsText, claimsText } from "#panel/words";

test("cells and claims are listed as words", () => {
  expect([1, 2].map(cellsText)).toEqual(["1 cell", "2 cells"]);
  expect(claimsText(["starts-as-base"])).toBe("“starts as base”");
  expect(claimsText(["a", "b", "c-d"])).toBe("“a”, “b” and “c d”");
});
