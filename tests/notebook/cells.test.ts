import { describe, expect, test } from "vitest";
import { parseCells } from "#notebook/cells";

const text = `
// %% [markdown]
// # Title
//
// Prose with $x^2$ and a // slash.

// %%

import { a } from "#lab/a";

export const b: number = a + 1;
// a comment stays

// %%
b
`;

test("cells keep their source, type, number and first line", () => {
  expect(parseCells(text, "n.ts")).toEqual([
    { number: 1, type: "prose", source: "# Title\n\nProse with $x^2$ and a // slash.", line: 3 },
    {
      number: 1,
      type: "code",
      source: 'import { a } from "#lab/a";\n\nexport const b: number = a + 1;\n// a comment stays',
      line: 9,
    },
    { number: 2, type: "code", source: "b", line: 15 },
  ]);
});

test("the line of every code cell is the line of the file it stands on", () => {
  const lines = text.split("\n");
  for (const cell of parseCells(text, "n.ts")) {
    if (cell.type === "code")
      expect(
        lines
          .slice(cell.line - 1)
          .join("\n")
          .startsWith(cell.source),
      ).toBe(true);
  }
});

test("Windows line ends and a byte-order mark change nothing", () => {
  expect(parseCells(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "n.ts")).toEqual(parseCells(text, "n.ts"));
});

describe("text that is not in percent format is refused with file, line and remedy", () => {
  const cases: [name: string, text: string, message: string][] = [
    ["nothing", "", 'n.ts:1: expected at least one cell that begins with "// %%"'],
    [
      "code before the first marker",
      "\nconst a = 1;\n// %%\na",
      'n.ts:2: expected the first cell to begin with "// %%", found "const a = 1;"',
    ],
    ["no marker at all", "const a = 1;", "n.ts:1: expected the first cell"],
    [
      "an unknown cell type",
      "// %% [python]\nx",
      'n.ts:1: expected "// %%" or "// %% [markdown]", found "// %% [python]"',
    ],
    [
      "an uncommented line of prose",
      "// %% [markdown]\n// # A\nconst a = 1;",
      'n.ts:3: expected each line of a markdown cell to begin with "// ", found "const a = 1;"',
    ],
    ["an empty cell", "// %%\na\n// %%\n\n", "n.ts:3: this cell is empty"],
  ];
  test.each(cases)("%s", (_, malformed, message) => {
    expect(() => parseCells(malformed, "n.ts")).toThrow(message);
  });
});
