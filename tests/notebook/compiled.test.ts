import { describe, expect, test } from "vitest";
import { compile, CompileError } from "#notebook/compiled";

test("types are erased and every line stays where it was", () => {
  const source = [
    "import {",
    "  a,",
    "  type B,",
    '} from "#lab/a";',
    'import type { C } from "#lab/c";',
    "",
    "export interface Point {",
    "  x: number;",
    "}",
    "export const f = <T,>(x: T): T => x;",
    "throw new Error('line 11');",
  ].join("\n");
  const { code, declares, imports } = compile(source, "n/cell-1.ts");
  expect(code.split("\n")[10]).toContain("line 11");
  expect(declares).toEqual(["a", "f"]);
  expect(imports).toEqual(["#lab/a"]);
});

test("every kind of declaration is shared", () => {
  const source = `
    import * as ns from "m1";
    import d, { x as y } from "m2";
    const { p, q: [r, ...s], t = 1, ...u } = {} as never;
    let v = 1, w;
    export async function f() {}
    export class K {}
    { const hidden = 1; }
  `;
  expect(compile(source, "c").declares).toEqual([
    "ns",
    "d",
    "y",
    "p",
    "r",
    "s",
    "t",
    "u",
    "v",
    "w",
    "f",
    "K",
  ]);
});

describe("what does not compile tells its line and column", () => {
  const cases: [name: string, source: string, line: number, message: string][] = [
    ["a missing bracket", "const a = 1;\nconst b = (2;", 2, "Unexpected token"],
    ["a repeated declaration", "const a = 1;\n\nlet a = 2;", 3, "Identifier 'a' has already been declared"],
    ["a default export", "\nexport default 1;", 2, "a notebook exports declarations only"],
    ["a re-export", 'export { a } from "b";', 1, "a notebook exports declarations only"],
    ["sloppy code", "let a;\ndelete a;", 2, "Deleting local variable in strict mode"],
  ];
  test.each(cases)("%s", (_, source, line, message) => {
    const error = (() => {
      try {
        compile(source, "c");
      } catch (thrown) {
        return thrown as CompileError;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(CompileError);
    expect(error?.message).toContain(message);
    expect(error?.line).toBe(line);
    expect(error?.column).toBeGreaterThan(0);
  });
});
