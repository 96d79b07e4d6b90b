import { createHash } from "node:crypto";
import { glob, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, html, parse, serialize } from "parse5";

import { moved, withMovedAnchors } from "#site/anchors";

type Element = DefaultTreeAdapterTypes.Element;
type ParentNode = DefaultTreeAdapterTypes.ParentNode;

/** The notebook's host page runs a reader's edited code under a policy of its own. */
const exempt = /^notebook-host\//;

/** Script types that a browser runs; any other type (JSON, import maps excepted) is data, which needs no hash. */
const runnable = new Set(["", "module", "text/javascript", "application/javascript", "importmap"]);

/**
 * The page as strict HTML: no `style` attributes (each distinct one becomes a class in one `<style>` of the head), no
 * stylesheet that the page has no use for, and a Content-Security-Policy with the hashes of what stays inline.
 *
 * A `<link data-needed-by="…class…">` is kept only on pages that use the class (KaTeX's style sheet).
 *
 * @throws when the page has no head, or carries inline event handlers, which the policy would silently switch off.
 */
export function strictPage(page: string): string {
  const document = parse(page);
  const head = find(document, (element) => element.tagName === "head");
  if (!head) throw new Error("strictPage: expected a page with a <head>, found none; give the page a layout");
  const elements = [...walk(document)];

  for (const element of elements) {
    const handler = element.attrs.find(({ name }) => /^on/.test(name));
    if (handler) {
      throw new Error(
        `strictPage: expected no inline event handlers, got ${handler.name}="${handler.value}" on ` +
          `<${element.tagName}>; add the listener in a script`,
      );
    }
  }
  dropUnneededLinks(elements);
  const rules = moveStyles(elements);
  if (rules !== "") head.childNodes.push(textElement("style", rules, head));

  const content = contentSecurityPolicy(
    elements
      .filter(
        (e) => e.tagName === "script" && !attribute(e, "src") && runnable.has(attribute(e, "type") ?? ""),
      )
      .map(textOf),
    [...walk(document)].filter((e) => e.tagName === "style").map(textOf),
  );
  const meta = defaultTreeAdapter.createElement("meta", html.NS.HTML, [
    { name: "http-equiv", value: "Content-Security-Policy" },
    { name: "content", value: content },
  ]);
  meta.parentNode = head;
  // After the charset, before anything that loads: a policy does not reach back.
  head.childNodes.splice(
    head.childNodes.findIndex((node) => "attrs" in node && attribute(node, "charset") !== undefined) + 1,
    0,
    meta,
  );
  return serialize(document);
}

/** The policy of a page whose inline scripts and inline style sheets have these texts. */
export function contentSecurityPolicy(scripts: string[], styles: string[]): string {
  const hashes = (texts: string[]) => [...new Set(texts.map((text) => ` '${sha256(text)}'`))].join("");
  return [
    "default-src 'none'",
    // Search runs WebAssembly.
    `script-src 'self' 'wasm-unsafe-eval'${hashes(scripts)}`,
    `style-src 'self'${hashes(styles)}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join("; ");
}

/** "sha256-…" of a text, as policies write it. */
export function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** An Astro integration that makes every built page strict, save the notebook's host page. */
export function pagePolicy(): AstroIntegration {
  return {
    name: "benchtop:page-policy",
    hooks: {
      "astro:build:done": async ({ dir, logger }) => {
        const root = fileURLToPath(dir);
        const moves = moved();
        let pages = 0;
        for await (const path of glob("**/*.html", { cwd: root })) {
          if (exempt.test(path.replaceAll("\\", "/"))) continue;
          const file = join(root, path);
          try {
            const address = `/${path.replaceAll("\\", "/").replace(/(^|\/)index\.html$/, "$1")}`;
            const page = withMovedAnchors(await readFile(file, "utf8"), address, moves);
            await writeFile(file, strictPage(page));
          } catch (error) {
            throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            });
          }
          pages++;
        }
        logger.info(`${pages} pages with a content security policy`);
      },
    },
  };
}

function moveStyles(elements: Element[]): string {
  const classes = new Map<string, string>();
  for (const element of elements) {
    const index = element.attrs.findIndex(({ name }) => name === "style");
    if (index < 0) continue;
    const [style] = element.attrs.splice(index, 1);
    const declarations = (style?.value ?? "")
      .split(";")
      .map((declaration) => declaration.trim().replace(/\s*:\s*/, ":"))
      .filter((declaration) => declaration !== "");
    if (declarations.length === 0) continue;
    const key = declarations.join(";");
    const name = classes.get(key) ?? `_${classes.size.toString(36)}`;
    classes.set(key, name);
    const list = element.attrs.find((a) => a.name === "class");
    if (list) list.value = `${list.value} ${name}`;
    else element.attrs.push({ name: "class", value: name });
  }
  // `!important`, because an attribute wins over every sheet and the classes that replace it must too.
  return [...classes]
    .map(
      ([key, name]) =>
        `.${name}{${key
          .split(";")
          .map((d) => (/!important$/.test(d) ? d : `${d}!important`))
          .join(";")}}`,
    )
    .join("");
}

function dropUnneededLinks(elements: Element[]): void {
  const used = new Set(elements.flatMap((element) => (attribute(element, "class") ?? "").split(/\s+/)));
  for (const element of elements) {
    const needed = attribute(element, "data-needed-by");
    if (needed === undefined) continue;
    if (used.has(needed)) element.attrs = element.attrs.filter(({ name }) => name !== "data-needed-by");
    else defaultTreeAdapter.detachNode(element);
  }
}

function* walk(node: ParentNode): Generator<Element> {
  for (const child of node.childNodes) {
    if (!("tagName" in child)) continue;
    yield child;
    yield* walk(child);
    if ("content" in child) yield* walk(child.content);
  }
}

function find(node: ParentNode, test: (element: Element) => boolean): Element | undefined {
  for (const element of walk(node)) if (test(element)) return element;
  return undefined;
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((a) => a.name === name)?.value;
}

function textOf(element: Element): string {
  return element.childNodes.map((node) => ("value" in node ? node.value : "")).join("");
}

function textElement(tagName: string, text: string, parent: Element): Element {
  const element = defaultTreeAdapter.createElement(tagName, html.NS.HTML, []);
  defaultTreeAdapter.insertText(element, text);
  element.parentNode = parent;
  return element;
}
