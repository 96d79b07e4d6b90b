import { describe, expect, test } from "vitest";
import { compile } from "#notebook/compiled";
import { explain } from "#notebook/explanation";
import { CellRunError, emptyScope, runCell } from "#notebook/run";

const load = async () => ({});

/** The explanation of the first cell that fails. */
async function explained(sources: string[], run = sources.map((_, i) => i + 1)) {
  const scope = emptyScope();
  const cells = sources.map((source, i) => {
    try {
      return { number: i + 1, ...compile(source, "n") };
    } catch {
      return { number: i + 1, declares: [], uses: [] };
    }
  });
  for (const number of run) {
    try {
      await runCell({ number, source: sources[number - 1]! }, { slug: "n", scope, load });
    } catch (error) {
      return explain(error as CellRunError, "n", cells);
    }
  }
  throw new Error("no cell failed");
}

test("a name of a cell that has not run is told by its cell", async () => {
  const { words } = await explained(["const model = 1;", "model + 1"], [2]);
  expect(words).toBe("`model` is declared in cell 1, which has not run: press “Run to here” on this cell.");
  expect((await explained(["late;", "const late = 1;"])).words).toBe(
    "`late` is declared in cell 2, further down.",
  );
});

test("a name that nobody declares is told as such", async () => {
  expect((await explained(["modle + 1"])).words).toContain(
    "`modle` is neither declared in this notebook nor imported",
  );
});

test("the trace names cells and lines, from the innermost call outwards", async () => {
  const { message, trace } = await explained([
    "function inner(x) {\n  return x.y.z;\n}",
    "const outer = async () => {\n\n  inner({});\n};",
    "const a = 1;\nawait outer();",
  ]);
  expect(message).toMatch(/^cell 1?3?, line \d: TypeError: /);
  expect(trace).toEqual([
    { cell: 1, line: 2, within: "inner" },
    { cell: 2, line: 3, within: "outer" },
    { cell: 3, line: 2, within: "" },
  ]);
});

describe("known errors are told in plain words", () => {
  test.each([
    [
      "throw new Error('startDevice: expected one of webgpu to work, none does: webgpu: not offered here')",
      "The chosen device does not work here.",
    ],
    ["throw new Error('webgpu: the device was lost (destroyed): x')", "The graphics device went away."],
    ["new Float32Array(1e12)", "The device ran out of memory."],
    ["throw new Error('webgpu: the device has no memory left: x')", "The device ran out of memory."],
    ["throw new TypeError('Failed to fetch')", "A file could not be fetched."],
    ["throw new Error('attend: expected K with dK = 8, got shape [1,2]')", "Shapes do not fit together."],
    ["(1)()", "Something is called that is no function."],
    ["null.x", "Something is read of a value that is not there."],
    ["const a = (;", "This is not yet TypeScript that can run."],
    ["throw 'a string'", "The cell stopped at an error."],
  ])("%s", async (source, words) => expect((await explained([source])).words).toContain(words));
});

test("a stack as Firefox writes it is read too", () => {
  const cause = new Error("x");
  cause.stack =
    "inner@n/cell-1.ts:2:10\nasync*outer@n/cell-2.ts:3:3\n@n/cell-3.ts:2:7\nrunCell@http://h/a.js:1:1";
  expect(explain(new CellRunError(1, 2, cause), "n", []).trace).toEqual([
    { cell: 1, line: 2, within: "inner" },
    { cell: 2, line: 3, within: "outer" },
    { cell: 3, line: 2, within: "" },
  ]);
});
