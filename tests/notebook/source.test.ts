import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { notebookSlugs, readNotebook } from "#notebook/source";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "notebooks-"));
  mkdirSync(join(root, "notebooks"));
  for (const file of ["b.ts", "a.ts", "types.d.ts", "notes.md"]) {
    writeFileSync(join(root, "notebooks", file), "stray\n// %%\n1;\n");
  }
});
afterAll(() => rmSync(root, { recursive: true }));

test("notebooks are the TypeScript modules of their folder; without the folder there are none", () => {
  expect(notebookSlugs(root)).toEqual(["a", "b"]);
  expect(notebookSlugs(join(root, "notebooks"))).toEqual([]);
});

test("a notebook that is not in percent format is named by its file", () => {
  expect(() => readNotebook("a", root)).toThrow("notebooks/a.ts:1: expected the first cell");
});
