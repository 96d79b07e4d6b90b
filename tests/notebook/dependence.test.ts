import { expect, test } from "vitest";
import { declaringCell, dependents } from "#notebook/dependence";
import { compile } from "#notebook/compiled";

const cells = [
  "import { f } from '#lab/f';",
  "const rank = 4;",
  "const unrelated = f(1);",
  "const model = { rank };",
  "const loss = f(model.rank);",
  "unrelated;",
  "const { a, ...rest } = { loss };",
].map((source, i) => ({ number: i + 1, ...compile(source, "n") }));

test("a changed cell runs again, and what uses its names, directly or not", () => {
  expect(dependents(cells, 2)).toEqual([2, 4, 5, 7]);
  expect(dependents(cells, 3)).toEqual([3, 6]);
  expect(dependents(cells, 1)).toEqual([1, 3, 5, 6, 7]);
  expect(dependents(cells, 7)).toEqual([7]);
});

test("a property of the same name is no use of it", () => {
  const names = ["const rank = 1;", "const o = { rank: 2 };\no.rank;"].map((source, i) => ({
    number: i + 1,
    ...compile(source, "n"),
  }));
  expect(dependents(names, 1)).toEqual([1]);
});

test("a name is told by the cell that declares it", () => {
  expect(declaringCell(cells, "model")).toBe(4);
  expect(declaringCell(cells, "nowhere")).toBeUndefined();
});
