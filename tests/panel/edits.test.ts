import { expect, test } from "vitest";
import { areEdits, markOf, sortEdits } from "#panel/edits";

const published = ["const a = 1;", "a;"];
const edit = { number: 1, of: markOf("const a = 1;"), source: "const a = 2;" };

test("the mark of a text is FNV-1a over its UTF-16 units", () => {
  // The published check values of FNV-1a, 32 bits.
  expect(markOf("")).toBe("811c9dc5");
  expect(markOf("a")).toBe("e40c292c");
  expect(markOf("foobar")).toBe("bf9cf968");
});

test("edits of code that has changed since, or is gone, no longer fit", () => {
  const old = { ...edit, of: markOf("const a = 0;") };
  const gone = { ...edit, number: 3 };
  expect(sortEdits([edit, old, gone], published)).toEqual({ fitting: [edit], outdated: [old, gone] });
});

test.each([
  ["a list of edits", [edit], true],
  ["an empty list", [], true],
  ["no list", { ...edit }, false],
  ["a list with something else in it", [edit, null], false],
  ["an edit whose number is none", [{ ...edit, number: "1" }], false],
  ["an edit without code", [{ number: 1, of: "" }], false],
])("%s is recognised", (_, value, expected) => expect(areEdits(value)).toBe(expected));
