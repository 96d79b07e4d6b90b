import { globSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** The exported functions of a module, with whether each is documented. */
function publicFunctions(file: string): { name: string; documented: boolean }[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    const isFunction = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    if (!isFunction || !statement.name) return [];
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) return [];
    return [{ name: statement.name.text, documented: ts.getJSDocCommentsAndTags(statement).length > 0 }];
  });
}

/** Every name that the tests of the lab import from one of its modules: "attention: attend". */
const imported = new Set(
  globSync("tests/**/*.ts").flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
    return source.statements.flatMap((statement) => {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
      const module = /^#lab\/(.*)$/.exec(statement.moduleSpecifier.text)?.[1];
      const bindings = statement.importClause?.namedBindings;
      if (!module || !bindings || !ts.isNamedImports(bindings)) return [];
      return bindings.elements.map(({ name, propertyName }) => `${module}: ${(propertyName ?? name).text}`);
    });
  }),
);

/** What notebooks do not import: mends of TensorFlow.js (each tested by the fault that it mends), programs, drawing. */
const inner = /\/tensor\/|-program\.ts$|\/figure\/figure\.ts$/;

describe.each(
  globSync("src/lab/**/*.ts")
    .filter((file) => !inner.test(file))
    .sort(),
)("%s", (file) => {
  const module = file.replace(/^src\/lab\/(.*)\.ts$/, "$1");
  const functions = publicFunctions(file);

  test("documents its public functions", () => {
    expect(functions.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual([]);
  });

  test("has each of them called by a test", () => {
    const untested = functions.map(({ name }) => name).filter((name) => !imported.has(`${module}: ${name}`));
    expect(untested).toEqual([]);
  });
});
