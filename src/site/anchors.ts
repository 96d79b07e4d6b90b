import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { joinBase } from "#site/link";

/*
 * Anchors that others may have linked to: `content/anchors.json` holds those of each published page, and a test fails when
 * one is gone. `npm run anchors` adds the new ones of the built site. An anchor or a page that must go is named in
 * `content/moved.json` with where it went: `{"/t/hft/#method": "/t/hft/#the-method", "/t/old/": "/t/new/"}`.
 */

/** Anchors of each page, by its path from the site's root. */
export type Anchors = Record<string, string[]>;

export const anchorsFile = "content/anchors.json";
const movedFile = "content/moved.json";

/** What a page promises to keep: headings, claims and mistakes. */
export function anchorsOf(html: string): string[] {
  const found: string[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ("tagName" in node) {
      const id = node.attrs.find(({ name }) => name === "id")?.value;
      if (id && (/^h[2-4]$/.test(node.tagName) || /^(claim|mistake|equation)-[a-z]/.test(id))) found.push(id);
    }
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(parse(html));
  return found;
}

/** The anchors of a built site's technique, family and guide pages. */
export function anchorsIn(root: string): Anchors {
  const pages = ["t", "families", "guides"].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `/${folder}/${name}/`),
  );
  const read = (path: string) => anchorsOf(readFileSync(join(root, path, "index.html"), "utf8"));
  return Object.fromEntries(pages.sort().map((path) => [path, read(path)]));
}

/** The anchors published so far. */
export function publishedAnchors(): Anchors {
  return existsSync(anchorsFile) ? (JSON.parse(readFileSync(anchorsFile, "utf8")) as Anchors) : {};
}

/** Where moved pages and anchors went, from where they were. */
export function moved(): Record<string, string> {
  return existsSync(movedFile) ? (JSON.parse(readFileSync(movedFile, "utf8")) as Record<string, string>) : {};
}

/** Published anchors that the site no longer has, and that are not said to have moved: "/t/hft/#the-idea". */
export function missingAnchors(published: Anchors, built: Anchors, moves: Record<string, string>): string[] {
  return Object.entries(published).flatMap(([path, anchors]) =>
    moves[path]
      ? []
      : anchors
          .filter((anchor) => !built[path]?.includes(anchor))
          .map((anchor) => `${path}#${anchor}`)
          .filter((address) => !moves[address]),
  );
}

/** Both, each anchor once: the published first, in their order. */
export function joined(published: Anchors, built: Anchors): Anchors {
  const paths = [...new Set([...Object.keys(published), ...Object.keys(built)])].sort();
  return Object.fromEntries(
    paths.map((path) => [path, [...new Set([...(published[path] ?? []), ...(built[path] ?? [])])]]),
  );
}

/**
 * A page on which anchors that moved within it still lead to where they went: an empty element before the new one.
 * @throws when the new anchor is not on the page
 */
export function withMovedAnchors(html: string, path: string, moves: Record<string, string>): string {
  let page = html;
  for (const [from, to] of Object.entries(moves)) {
    const [page1, old] = from.split("#");
    const [page2, now] = to.split("#");
    if (!old || !now || page1 !== path || page2 !== path) continue;
    const tag = new RegExp(`<[a-z0-9]+(?=[^>]*\\sid="${now}")`, "i").exec(page);
    if (!tag)
      throw new Error(`${movedFile}: expected an element with the id "${now}" on ${path}: correct "${to}"`);
    page = `${page.slice(0, tag.index)}<span id="${old}"></span>${page.slice(tag.index)}`;
  }
  return page;
}

/** Pages that moved, as Astro's `redirects` wants them: the new address with the base path, the old one without. */
export function movedPages(moves: Record<string, string>, base: string): Record<string, string> {
  const pages = Object.entries(moves).filter(([from]) => !from.includes("#"));
  return Object.fromEntries(pages.map(([from, to]) => [from, joinBase(base, to)]));
}

if (import.meta.main) {
  const all = joined(publishedAnchors(), anchorsIn("dist"));
  const lines = Object.entries(all).map(([path, ids]) => `  ${JSON.stringify(path)}: ${JSON.stringify(ids)}`);
  writeFileSync(anchorsFile, `{\n${lines.join(",\n")}\n}\n`);
  console.log(`${lines.length} pages with ${Object.values(all).flat().length} anchors in ${anchorsFile}`);
}
