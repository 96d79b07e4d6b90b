/** The section of a page that shows what was measured, from its heading to the next one. */
const SECTION = /^## Claims\s*\n(?<body>[\s\S]*?)(?=^## |(?![\s\S]))/m;

/**
 * What is wrong with the claims section of a page's MDX, in words; undefined when there is nothing, or no such section.
 * The section is `<Claims />`, which draws the table from the ledger, and prose without digits: a number in it would be
 * one that nobody measured.
 */
export function handTyped(mdx: string, file: string): string | undefined {
  const body = SECTION.exec(mdx)?.groups?.body;
  if (body === undefined) return undefined;
  const line = mdx.slice(0, mdx.indexOf(body)).split("\n").length;
  const typed = body.split("\n").findIndex((text) => /\d|^\s*\|/.test(text));
  if (typed >= 0) {
    return (
      `${file}:${line + typed}: expected results from the ledger, found "${(body.split("\n")[typed] ?? "").trim()}", typed by hand: ` +
      `put <Claims /> in its place`
    );
  }
  if (!body.includes("<Claims />"))
    return `${file}:${line}: expected <Claims /> under "## Claims", found none: add it`;
  return undefined;
}
