import { expect, test } from "vitest";
import { emptyScope, runCell, type Load, type Scope } from "#notebook/run";

const load: Load = async (specifier) => {
  if (specifier === "#lab/pair") return { one: 1, two: 2, default: "d" };
  throw new Error(`no module ${specifier}`);
};

async function runAll(...sources: string[]): Promise<{ value: unknown; scope: Scope }> {
  const scope = emptyScope();
  let value: unknown;
  for (const [i, source] of sources.entries()) {
    value = await runCell({ number: i + 1, source }, { slug: "n", scope, load });
  }
  return { value, scope };
}

test("the last expression is the displayed value, with or without a semicolon, awaited", async () => {
  expect((await runAll("const a: number = 2;\na * 3;")).value).toBe(6);
  expect((await runAll("await Promise.resolve(7)")).value).toBe(7);
  expect((await runAll("({ a: 1 })")).value).toEqual({ a: 1 });
  expect((await runAll("const a = 1;")).value).toBeUndefined();
});

test("later cells see constants, functions, classes and imports of earlier ones", async () => {
  const { value } = await runAll(
    'import { one, two as second } from "#lab/pair";\nimport whole from "#lab/pair";\nimport * as pair from "#lab/pair";',
    "export const k = one + second;\nfunction f(x: number) { return x + k; }\nclass K { get k() { return k; } }",
    "[f(10), new K().k, whole, pair.two]",
  );
  expect(value).toEqual([13, 3, "d", 2]);
});

test("a let changed in a later cell is changed for the function that closes over it", async () => {
  const { value } = await runAll("let n = 1;\nconst get = () => n;", "n = 5;", "get() + n");
  expect(value).toBe(10);
});

test("a constant cannot be assigned from a later cell", async () => {
  await expect(runAll("const n = 1;", "n = 2;")).rejects.toThrow(
    "cell 2, line 1: TypeError: Assignment to constant",
  );
});

test("cells are strict, as modules are: an undeclared name is not created", async () => {
  await expect(runAll("undeclared = 1;")).rejects.toThrow("cell 1, line 1: ReferenceError");
  expect("undeclared" in globalThis).toBe(false);
});

test("a name of the page, such as name or status, is an ordinary name", async () => {
  const { value } = await runAll(
    "const name = 1, status = 2, top = 3, toString = 4;",
    "[name, status, top, toString]",
  );
  expect(value).toEqual([1, 2, 3, 4]);
  expect("status" in globalThis).toBe(false);
});

test("the names that surround a cell are free for it to declare", async () => {
  const { value } = await runAll(
    "const share = 1, load = 2, scope = 3;",
    'import { one } from "#lab/pair";\none + share + load + scope',
  );
  expect(value).toBe(7);
});

test("running a cell again replaces what it declared", async () => {
  const { value } = await runAll("const a = 1;", "const a = 2;", "a");
  expect(value).toBe(2);
});

test("an error names the cell and the line of the source, types and multi-line imports included", async () => {
  const source = [
    "import {",
    "  one,",
    '} from "#lab/pair";',
    "interface Unused {",
    "  a: number;",
    "}",
    "const half = (x: number): number => {",
    "  if (x > one) throw new RangeError(`too large: ${x}`);",
    "  return x / 2;",
    "};",
    "half(3);",
  ].join("\n");
  await expect(runAll("const before = 1;", source)).rejects.toThrow(
    "cell 2, line 8: RangeError: too large: 3",
  );
  await expect(runAll("1 +")).rejects.toThrow(/^cell 1, line 1: /);
  await expect(runAll('import { a } from "#lab/none";')).rejects.toThrow(
    "cell 1, line 1: Error: no module #lab/none",
  );
});

test("what is thrown need not be an error", async () => {
  await expect(runAll("throw 'plain';")).rejects.toThrow("cell 1: plain");
});

test("what is awaited goes through the host's hold, wherever it stands", async () => {
  const held: unknown[] = [];
  const hold = <T>(value: T) => (held.push(value), value);
  const source = `
    const wait = async (n) => { const m = await n; return m + 1; };
    const two = [await wait(1), (await (8, 5))];
    (await two)`;
  const value = await runCell({ number: 1, source }, { slug: "n", scope: emptyScope(), load, hold });
  expect(value).toEqual([2, 5]);
  expect(held).toEqual([1, expect.any(Promise), 5, [2, 5]]);
});

test("a wait that the host ends is the cell's end", async () => {
  const hold = () => Promise.reject(new Error("stopped"));
  const cell = { number: 3, source: "const never = new Promise(() => {});\nawait never;" };
  await expect(runCell(cell, { slug: "n", scope: emptyScope(), load, hold })).rejects.toThrow(
    "cell 3, line 2: Error: stopped",
  );
});
