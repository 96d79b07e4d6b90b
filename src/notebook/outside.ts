import type { ImportDeclaration } from "acorn";
import { compile, eraseTypes, parseProgram } from "#notebook/compiled";
import type { NotebookSource } from "#notebook/source";

/*
 * A notebook as a file for other programs: Starboard's own format, and Jupyter's, for the kernel of Deno. Both load the
 * lab, as one module, from the site that they came from.
 */

/** The name that a cell finds the lab's modules under. */
const LAB = "benchtop";

/** A notebook in Starboard's text format. */
export function starboardText(notebook: NotebookSource, site: string): string {
  const cells = notebook.cells.map(({ type, source }) =>
    type === "prose" ? `# %% [markdown]\n${source}` : `# %% [javascript]\n${shared(plainCode(source))}`,
  );
  const first = `# %% [javascript]\n${setUp(site)}\nglobalThis.${LAB} = ${LAB};`;
  return `---\ntitle: ${JSON.stringify(notebook.slug)}\n---\n${[first, ...cells].join("\n\n")}\n`;
}

/** A notebook in Jupyter's format, version 4.5, for Deno's kernel. */
export function jupyterJson(notebook: NotebookSource, site: string): string {
  const lines = (text: string) =>
    text.split("\n").map((line, i, all) => (i < all.length - 1 ? `${line}\n` : line));
  const code = (id: string, source: string) => ({
    cell_type: "code",
    id,
    metadata: {},
    execution_count: null,
    outputs: [],
    source: lines(source),
  });
  const cells = notebook.cells.map(({ type, number, source }) =>
    type === "prose"
      ? { cell_type: "markdown", id: `prose-${number}`, metadata: {}, source: lines(source) }
      : code(`cell-${number}`, plainCode(source)),
  );
  return `${JSON.stringify(
    {
      cells: [code("set-up", setUp(site)), ...cells],
      metadata: {
        kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
        language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" },
      },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  )}\n`;
}

/** The first cell: where the lab comes from, and on what it runs. */
function setUp(site: string): string {
  return [
    "// The Benchtop that this notebook came from; the lab and its data load from there.",
    `const site = ${JSON.stringify(site)};`,
    `const ${LAB} = await import(site + "notebooks/lab.js");`,
    '// "full" is what the page records, "quick" is for a first look.',
    `await ${LAB}.start({ site, scale: "quick" });`,
  ].join("\n");
}

/** A cell's code without types and exports, its imports taken from the lab, its last value shown. */
function plainCode(source: string): string {
  const javascript = eraseTypes(source);
  const program = parseProgram(javascript);
  const edits: { start: number; end: number; text: string }[] = [];
  for (const node of program.body) {
    if (node.type === "ImportDeclaration") {
      edits.push({ start: node.start, end: node.end, text: taken(node) });
    } else if (node.type === "ExportNamedDeclaration" && node.declaration) {
      edits.push({ start: node.start, end: node.declaration.start, text: "" });
    }
  }
  const last = program.body.at(-1);
  if (last?.type === "ExpressionStatement") {
    const { start, end } = last.expression;
    edits.push({ start: last.start, end: last.end, text: `${LAB}.show(${javascript.slice(start, end)})` });
  }
  const code = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), javascript);
  // What is left of imports of types alone is an empty line.
  return code.replace(/\n{3,}/g, "\n\n").trim();
}

/** `const { a, b: c } = benchtop.modules["#lab/x"];` */
function taken({ specifiers, source }: ImportDeclaration): string {
  const module = `${LAB}.modules[${JSON.stringify(source.value)}]`;
  const namespace = specifiers.find((one) => one.type === "ImportNamespaceSpecifier");
  if (namespace) return `const ${namespace.local.name} = ${module};`;
  if (specifiers.length === 0) return "";
  const names = specifiers.map((one) => {
    if (one.type !== "ImportSpecifier" || one.imported.type !== "Identifier") return one.local.name;
    return one.imported.name === one.local.name ? one.local.name : `${one.imported.name}: ${one.local.name}`;
  });
  return `const { ${names.join(", ")} } = ${module};`;
}

/** Starboard's cells share no constants: what a cell declares is handed to the others by name. */
function shared(code: string): string {
  const { declares } = compile(code, "");
  return declares.length > 0 ? `${code}\nObject.assign(globalThis, { ${declares.join(", ")} });` : code;
}
