import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { BuiltPage, BuiltSite } from "./built-site";

/** What a page loads before anything is pressed, in bytes after brotli; fonts are not counted. */
export interface Weight {
  html: number;
  css: number;
  js: number;
}

/** The weight of a page: itself, its style sheets, its scripts and what those import at once. */
export function weigh(site: BuiltSite, page: BuiltPage): Weight {
  const weight: Weight = { html: brotli(page.html), css: 0, js: 0 };
  const scripts = new Set<string>();
  for (const { name, attributes } of page.elements) {
    if (name === "link" && attributes.rel === "stylesheet")
      weight.css += brotli(read(site, attributes.href ?? ""));
    if (name === "link" && attributes.rel === "modulepreload")
      addImports(site, attributes.href ?? "", scripts);
    if (name === "script" && attributes.src) addImports(site, attributes.src, scripts);
  }
  for (const script of scripts) weight.js += brotli(read(site, script));
  return weight;
}

function addImports(site: BuiltSite, path: string, found: Set<string>): void {
  if (found.has(path)) return;
  found.add(path);
  // Only what loads with the script: `import"./x.js"` and `from"./x.js"`, not `import("./x.js")`.
  for (const [, imported = ""] of read(site, path).matchAll(/(?:\bimport|\bfrom)\s*["']([^"']+\.js)["']/g)) {
    addImports(site, new URL(imported, `http://site.test${path}`).pathname, found);
  }
}

function read({ root, base }: BuiltSite, path: string): string {
  return readFileSync(join(root, path.slice(base.length)), "utf8");
}

function brotli(text: string): number {
  return brotliCompressSync(text).length;
}
