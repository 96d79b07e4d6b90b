import { describe, expect, test } from "vitest";
import { parseCells } from "#notebook/cells";
import { jupyterJson, starboardText } from "#notebook/outside";

const text = `// %% [markdown]
// ### Title
// With $x$.

// %%
import * as tf from "@tensorflow/tfjs-core";
import type { Norm } from "#lab/layer";
import { a, type B, c as d } from "#lab/x";
export const f = (n: number): B => a(n) + d;

// %%
f(1);
`;
const notebook = { slug: "n", file: "notebooks/n.ts", text, cells: parseCells(text, "n") };

describe("Jupyter's format", () => {
  const json = JSON.parse(jupyterJson(notebook, "http://h/")) as {
    nbformat: number;
    metadata: { kernelspec: { name: string } };
    cells: { cell_type: string; id: string; source: string[] }[];
  };

  test("is version 4.5 for Deno's kernel, each cell with an id of its own", () => {
    expect([json.nbformat, json.metadata.kernelspec.name]).toEqual([4, "deno"]);
    expect(json.cells.map(({ cell_type, id }) => `${cell_type} ${id}`)).toEqual([
      "code set-up",
      "markdown prose-1",
      "code cell-1",
      "code cell-2",
    ]);
  });

  test("has plain JavaScript that takes the lab from the site", () => {
    expect(json.cells[0]!.source.join("")).toContain('const site = "http://h/";');
    expect(json.cells[2]!.source.join("")).toBe(
      [
        'const tf = benchtop.modules["@tensorflow/tfjs-core"];',
        "",
        'const { a, c: d } = benchtop.modules["#lab/x"];',
        "const f = (n) => a(n) + d;",
      ].join("\n"),
    );
    expect(json.cells[3]!.source).toEqual(["benchtop.show(f(1))"]);
  });
});

test("Starboard's format hands what a cell declares to the others", () => {
  const cells = starboardText(notebook, "http://h/")
    .split(/^# %% /m)
    .slice(1);
  expect(cells.map((cell) => cell.split("\n")[0])).toEqual([
    "[javascript]",
    "[markdown]",
    "[javascript]",
    "[javascript]",
  ]);
  expect(cells[1]).toContain("### Title\nWith $x$.");
  expect(cells[2]!.trim().split("\n").at(-1)).toBe("Object.assign(globalThis, { tf, a, d, f });");
});
