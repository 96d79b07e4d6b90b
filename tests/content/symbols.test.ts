import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { notebookSlugs, readNotebook } from "#notebook/source";

/*
 * The symbol table of a technique's page names, for each symbol, the code that stands for it and the cell it is in:
 * "`lnsBlock`, in [cell 2](#cell-2)". The names must be there.
 */

describe.each(notebookSlugs())("%s", (slug) => {
  const page = readFileSync(`content/techniques/${slug}.mdx`, "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("|") && line.includes("](#cell-"));

  test("has a symbol table", () => expect(rows.length).toBeGreaterThan(2));

  test.each(rows)("%s", (row) => {
    // Each name is in the cell that is linked next after it.
    const parts = (row.split("|").at(-2) ?? "").split(/\[cell (\d+)\]\(#cell-(\d+)\)/);
    for (let i = 0; i + 2 < parts.length; i += 3) {
      const [words, shown, target] = parts.slice(i, i + 3);
      expect(shown).toBe(target);
      const cell = readNotebook(slug).cells.find(
        ({ type, number }) => type === "code" && number === Number(target),
      );
      const names = [...words!.matchAll(/`(\w+)`/g)].map(([, name]) => name);
      expect(i > 0 || names.length > 0).toBe(true);
      for (const name of names) expect(cell?.source).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });
});
