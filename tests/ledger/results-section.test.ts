import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { handTyped } from "#ledger/results-section";

const page = (section: string) =>
  `---\ntitle: T\n---\n## Claims\n${section}\n## Notebook\nIn 2024 it took 3 steps.\n`;

test("a section that the ledger fills is accepted, with words around it", () => {
  expect(handTyped(page("What was measured:\n\n<Claims />\n"), "p.mdx")).toBeUndefined();
  expect(handTyped("## Abstract\nIn 2024 …\n", "p.mdx")).toBeUndefined();
});

test.each([
  ["a number in a sentence", "<Claims />\n\nIt reached 0.97.\n", 7, "It reached 0.97."],
  ["a table", "| claim | here |\n| --- | --- |\n", 5, "| claim | here |"],
])("%s is refused", (_, section, line, found) => {
  expect(handTyped(page(section), "p.mdx")).toBe(
    `p.mdx:${line}: expected results from the ledger, found "${found}", typed by hand: put <Claims /> in its place`,
  );
});

test("a section without the table is refused", () => {
  expect(handTyped(page("Soon.\n"), "p.mdx")).toBe(
    'p.mdx:5: expected <Claims /> under "## Claims", found none: add it',
  );
});

test("no page of ours is typed by hand", () => {
  for (const name of readdirSync("content/techniques")) {
    const file = `content/techniques/${name}`;
    expect(handTyped(readFileSync(file, "utf8"), file)).toBeUndefined();
  }
});
