import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

/** An element of a built page, as far as the tests look at it. */
export interface PageElement {
  name: string;
  attributes: Record<string, string>;
  /** All text within, in order. */
  text: string;
}

/** A built page: its address from the site's root, its text as published, and its elements in order. */
export interface BuiltPage {
  path: string;
  html: string;
  elements: PageElement[];
}

/** A built site: the folder, the base path that it was built for, and its pages, the notebook's host page left out. */
export interface BuiltSite {
  root: string;
  base: string;
  pages: Map<string, BuiltPage>;
}

/** The site built into a folder; throws with the command to run when nothing is there. */
export function builtSite(root = "dist", base = "/"): BuiltSite {
  if (!existsSync(join(root, "index.html"))) {
    throw new Error(`builtSite: expected a built site in ${root}/, found none; run "npm run build" first`);
  }
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".html") && !file.startsWith("notebook-host/"));
  const pages = files.map((file): [string, BuiltPage] => {
    const path = `/${file.replace(/(^|\/)index\.html$/, "$1")}`;
    const html = readFileSync(join(root, file), "utf8");
    return [path, { path, html, elements: elementsOf(html) }];
  });
  return { root, base, pages: new Map(pages) };
}

/** The elements of a page's HTML in document order; the content of noscript counts, as readers without scripts see it. */
export function elementsOf(html: string): PageElement[] {
  const elements: PageElement[] = [];
  const visit = (node: Node): string => {
    if (node.nodeName === "#text" && "value" in node) return node.value;
    if (!("tagName" in node)) return "";
    const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
    const element: PageElement = { name: node.tagName, attributes, text: "" };
    elements.push(element);
    element.text = node.childNodes.map(visit).join("");
    return element.text;
  };
  parse(html, { scriptingEnabled: false }).childNodes.forEach(visit);
  return elements;
}

/** The elements of a page with this name. */
export function named(page: BuiltPage, name: string): PageElement[] {
  return page.elements.filter((element) => element.name === name);
}
