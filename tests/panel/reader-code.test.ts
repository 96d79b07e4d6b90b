import { beforeEach, expect, test } from "vitest";
import { markOf } from "#panel/edits";
import { ReaderCode } from "#panel/reader-code";
import type { FrameCell } from "#notebook/message";

const cells: FrameCell[] = [
  { type: "prose", content: "<p>x</p>" },
  { type: "code", content: "const a = 1;" },
  { type: "code", content: "const b = a + 2;" },
];
const mistake = { id: "m", name: "n", find: "a + 2", replace: "a - 2", breaks: ["c"], why: "w" };

/** Storage as browsers have it, over a map. */
function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}
beforeEach(() => {
  globalThis.localStorage = storage();
});

const codeOf = (code: ReaderCode) =>
  code.cells().flatMap(({ type, content }) => (type === "code" ? content : []));

test("edits are in place, kept for the next visit, and gone when undone", () => {
  const code = new ReaderCode("n", cells);
  expect(code.edit(2, "const b = 7;")).toBeUndefined();
  expect(codeOf(code)).toEqual(["const a = 1;", "const b = 7;"]);
  expect(code.edits).toEqual([{ number: 2, of: markOf("const b = a + 2;"), source: "const b = 7;" }]);
  expect(codeOf(new ReaderCode("n", cells))).toEqual(["const a = 1;", "const b = 7;"]);
  code.edit(2, "const b = a + 2;");
  expect(new ReaderCode("n", cells).edits).toEqual([]);
  expect(codeOf(new ReaderCode("other", cells))).toEqual(["const a = 1;", "const b = a + 2;"]);
});

test("what is replaced can be brought back", () => {
  const code = new ReaderCode("n", cells);
  code.edit(1, "const a = 9;");
  code.replace([]);
  expect(codeOf(code)[0]).toBe("const a = 1;");
  code.swapBack();
  expect(codeOf(code)[0]).toBe("const a = 9;");
});

test("a mistake is made of the published code, and what is typed meanwhile is not kept", () => {
  const code = new ReaderCode("n", cells);
  code.edit(1, "const a = 9;");
  code.mistake = mistake;
  expect(codeOf(code)).toEqual(["const a = 1;", "const b = a - 2;"]);
  expect(code.changed()).toEqual([{ before: "const b = a + 2;", after: "const b = a - 2;" }]);
  code.edit(2, "typed");
  code.mistake = undefined;
  expect(codeOf(code)).toEqual(["const a = 9;", "const b = a + 2;"]);
});

test("edits of an earlier version are told, and not in place", () => {
  new ReaderCode("n", cells).edit(1, "const a = 9;");
  const later = new ReaderCode("n", [{ type: "code", content: "const a = 0;" }]);
  expect(later.outdated).toHaveLength(1);
  expect(codeOf(later)).toEqual(["const a = 0;"]);
});

test("a browser that keeps nothing is told of, and the edit stays", () => {
  globalThis.localStorage = {
    getItem: () => {
      throw new Error("blocked");
    },
    setItem: () => {
      throw new Error("full");
    },
  } as unknown as Storage;
  const code = new ReaderCode("n", cells);
  expect(code.edit(1, "const a = 9;")).toContain("This browser keeps nothing for this page");
  expect(codeOf(code)[0]).toBe("const a = 9;");
});
