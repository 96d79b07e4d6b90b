import { parse } from "acorn";
import type { AwaitExpression, Identifier, ImportDeclaration, Pattern, Program, Statement } from "acorn";
import { full } from "acorn-walk";
import { transform } from "sucrase";

/** A code cell ready to run: see `runCell` for what surrounds it. */
export interface Compiled {
  /** JavaScript of a function expression: (scope, share, load, hold) to a promise of the displayed value. */
  code: string;
  /** Names that the cell declares, shared with later cells. */
  declares: string[];
  /** Modules that the cell imports. */
  imports: string[];
  /** Every name that the cell reads or writes, its own and other cells' alike. */
  uses: string[];
}

/** A cell that does not compile. `line` and `column` are 1-based within the cell. */
export class CompileError extends Error {
  override name = "CompileError";
  line: number;
  column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/**
 * A code cell of TypeScript, compiled to a function that any host can evaluate, in three steps that keep every
 * line where it was (so that a stack trace names the line of the source): types are erased; imports become
 * awaited loads; declarations are shared through getters, so that later cells see a `let` change. What the cell awaits
 * goes through `hold`, so that a host can end the wait.
 * The last statement, when it is an expression, becomes the displayed value.
 * @param source the cell's TypeScript
 * @param label the name that stack traces show, such as `curse-of-depth/cell-3.ts`
 * @throws CompileError where the cell does not parse, or exports anything but its own declarations
 */
export function compile(source: string, label: string): Compiled {
  const javascript = eraseTypes(source);
  const program = parseProgram(javascript);
  const edits: Edit[] = [];
  const declares: string[] = [];
  const imports: string[] = [];
  for (const node of program.body) {
    let statement = node;
    if (node.type === "ExportNamedDeclaration" && node.declaration) {
      edits.push({ start: node.start, end: node.declaration.start, text: "" });
      statement = node.declaration;
    } else if (node.type.startsWith("Export")) {
      fail(
        javascript,
        node.start,
        "a notebook exports declarations only: write `export const …` or `export function …`",
      );
    }
    if (statement.type === "ImportDeclaration") {
      declares.push(...statement.specifiers.map((specifier) => specifier.local.name));
      imports.push(String(statement.source.value));
      edits.push({ start: statement.start, end: statement.end, text: load(statement) });
    } else {
      declares.push(...declaredNames(statement as Statement));
    }
  }
  const last = program.body.at(-1);
  if (last?.type === "ExpressionStatement") {
    // The statement's own end, not the expression's: parentheses around it belong to neither.
    const end = javascript[last.end - 1] === ";" ? last.end - 1 : last.end;
    edits.push({ start: last.start, end: last.start, text: "return (" });
    edits.push({ start: end, end: last.end, text: ");" });
  }
  const uses = new Set<string>();
  full(program, (node) => {
    if (node.type === "AwaitExpression") {
      const { start, end } = (node as AwaitExpression).argument;
      // Two parentheses: what is awaited may be a sequence, which one would turn into two arguments.
      edits.push({ start, end: start, text: "$$hold((" }, { start: end, end, text: "))" });
    } else if (node.type === "Identifier") uses.add((node as Identifier).name);
  });
  const shared = declares.map((name) => `${name}:{get:()=>${name},set:(v)=>{${name}=v}}`).join();
  const body = apply(javascript, edits);
  // `with` needs sloppy code around it; the cell itself is strict, as a module is. The parameters are named so that
  // no cell hides them by a declaration of its own.
  const code = `(function($$scope,$$share,$$load,$$hold){with($$scope){return(async()=>{"use strict";$$share({${shared}});${body}\n})()}})\n//# sourceURL=${label}`;
  return { code, declares, imports, uses: [...uses] };
}

/** TypeScript without its types, every line where it was. */
export function eraseTypes(source: string): string {
  try {
    return transform(source, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports: true,
    }).code;
  } catch (error) {
    throw located(error);
  }
}

/** The syntax tree of a cell; CompileError where it has none. */
export function parseProgram(javascript: string): Program {
  try {
    return parse(javascript, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
    });
  } catch (error) {
    throw located(error);
  }
}

/** Both parsers put the place into `loc` (acorn's columns count from 0) and "(line:column)" into the message. */
function located(error: unknown): CompileError {
  const { message, loc } = error as { message: string; loc?: { line: number; column: number } };
  const plain = message.replace(/^Error transforming .*?: |\s*\(\d+:\d+\)$/g, "");
  return new CompileError(plain, loc?.line ?? 1, (loc?.column ?? 0) + 1);
}

function fail(javascript: string, at: number, message: string): never {
  const before = javascript.slice(0, at).split("\n");
  throw new CompileError(message, before.length, (before.at(-1)?.length ?? 0) + 1);
}

function declaredNames(statement: Statement): string[] {
  if (statement.type === "VariableDeclaration")
    return statement.declarations.flatMap(({ id }) => boundNames(id));
  if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration")
    return [statement.id.name];
  return [];
}

function boundNames(pattern: Pattern | null): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((p) => boundNames(p.type === "RestElement" ? p.argument : p.value));
    case "ArrayPattern":
      return pattern.elements.flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** `const {a:b}=await $$load("#lab/x");`, padded with as many line breaks as the import had. */
function load({ specifiers, source }: ImportDeclaration): string {
  const module = `await $$load(${JSON.stringify(source.value)})`;
  const namespace = specifiers.find((s) => s.type === "ImportNamespaceSpecifier");
  if (namespace) return `const ${namespace.local.name}=${module};`;
  if (specifiers.length === 0) return `${module};`;
  const named = specifiers.map((s) => {
    if (s.type !== "ImportSpecifier") return `default:${s.local.name}`;
    return `${s.imported.type === "Identifier" ? s.imported.name : JSON.stringify(s.imported.value)}:${s.local.name}`;
  });
  return `const {${named.join()}}=${module};`;
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with its edits made, from its end to its beginning; an edit that spans several lines keeps their number. */
function apply(text: string, edits: Edit[]): string {
  let result = text;
  for (const { start, end, text: replacement } of edits.toSorted(
    (a, b) => b.start - a.start || b.end - a.end,
  )) {
    const lost = result.slice(start, end).split("\n").length - replacement.split("\n").length;
    result = result.slice(0, start) + replacement + "\n".repeat(Math.max(0, lost)) + result.slice(end);
  }
  return result;
}
