import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BuiltPage, builtSite, named } from "./built-site";
import { deadLinks, foreignResources } from "./links";
import { weigh } from "./weight";

const site = builtSite();
const pages = [...site.pages.values()];
const techniquePages = pages.filter(({ path }) => /^\/t\/[^/]+\/$/.test(path));
const slugs = readdirSync("content/techniques").map((file) => file.replace(/\.mdx$/, ""));

const policyOf = (page: BuiltPage) =>
  named(page, "meta").find(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy")
    ?.attributes.content;
const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

describe("the built site", () => {
  test("has a page for each technique and each family, an index, a search page and a 404", () => {
    expect(techniquePages.map(({ path }) => path).sort()).toEqual(slugs.map((slug) => `/t/${slug}/`).sort());
    expect(slugs.length).toBeGreaterThanOrEqual(90);
    for (const file of readdirSync("content/families")) {
      expect([...site.pages.keys()]).toContain(`/families/${file.replace(/\.mdx$/, "")}/`);
    }
    for (const path of ["/", "/families/", "/search/", "/404.html"])
      expect([...site.pages.keys()]).toContain(path);
  });

  test("lists every technique on its index, without a script", () => {
    const index = site.pages.get("/");
    const linked = new Set(named(index!, "a").map(({ attributes }) => attributes.href));
    expect(slugs.filter((slug) => !linked.has(`/t/${slug}/`))).toEqual([]);
  });

  test("has no dead link and no dead anchor", () => {
    expect(deadLinks(site)).toEqual([]);
  });

  test("loads nothing from another host", () => {
    expect(foreignResources(site)).toEqual([]);
  });

  test("has one h1 on each page, and each title and description once", () => {
    const heads = pages.map((page) => ({
      path: page.path,
      h1: named(page, "h1").length,
      title: named(page, "title").filter(({ text }) => text !== "")[0]?.text ?? "",
      description:
        named(page, "meta").find(({ attributes }) => attributes.name === "description")?.attributes.content ??
        "",
    }));
    expect(
      heads.filter(({ h1, title, description }) => h1 !== 1 || title === "" || description === ""),
    ).toEqual([]);
    expect(new Set(heads.map(({ title }) => title)).size).toBe(pages.length);
    expect(new Set(heads.map(({ description }) => description)).size).toBe(pages.length);
  });

  test("has each id once on a page", () => {
    const doubled = pages.flatMap((page) => {
      const ids = page.elements.map(({ attributes }) => attributes.id).filter((id) => id !== undefined);
      return ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${page.path}#${id}`);
    });
    expect(doubled).toEqual([]);
  });

  test("carries no style attributes and no inline handlers", () => {
    const found = pages.flatMap((page) =>
      page.elements
        .filter(({ attributes }) =>
          Object.keys(attributes).some((name) => name === "style" || /^on/.test(name)),
        )
        .map(({ name }) => `${page.path}: <${name}>`),
    );
    expect(found).toEqual([]);
  });

  test("sets a policy on each page, before anything loads, with exactly the hashes of what is inline", () => {
    for (const page of pages) {
      const policy = policyOf(page) ?? "";
      expect(policy, page.path).toContain("default-src 'none'");
      expect(policy, page.path).not.toContain("unsafe-inline");
      expect(policy, page.path).not.toContain("'unsafe-eval'");
      const inline = page.elements.filter(
        ({ name, attributes }) =>
          name === "style" || (name === "script" && !attributes.src && !/json/.test(attributes.type ?? "")),
      );
      const hashes = policy.match(/'sha256-[^']+'/g) ?? [];
      expect(new Set(hashes), page.path).toEqual(new Set(inline.map(({ text }) => sha256(text))));
      const place = page.html.indexOf("Content-Security-Policy");
      expect(place, page.path).toBeLessThan(page.html.search(/<(script|link|style)\b/));
    }
  });
});

test("no page loads more than 60 KB after brotli", () => {
  for (const page of pages) {
    const { html, css, js } = weigh(site, page);
    expect(html + css + js, page.path).toBeLessThanOrEqual(60_000);
  }
}, 60_000);

describe("a technique page", () => {
  test("loads at most 5 KB of JavaScript after brotli", () => {
    for (const page of techniquePages) expect(weigh(site, page).js, page.path).toBeLessThanOrEqual(5_000);
  }, 60_000);

  test("loads KaTeX's style sheet where there is a formula, and only there", () => {
    for (const page of techniquePages) {
      const formulas = page.elements.some(({ attributes }) =>
        /(^|\s)katex(\s|$)/.test(attributes.class ?? ""),
      );
      const sheet = named(page, "link").some(({ attributes }) => /katex/.test(attributes.href ?? ""));
      expect(sheet, page.path).toBe(formulas);
    }
  });

  test("quotes an abstract or the document's sentences, and says where from", () => {
    for (const page of techniquePages) {
      const quote = named(page, "blockquote")[0]?.text.trim() ?? "";
      expect(quote.length, page.path).toBeGreaterThan(60);
      const captions = named(page, "figcaption").map(({ text }) => text);
      expect(captions.filter((text) => /\.txt, line \d+/.test(text)).length, page.path).toBe(1);
    }
  });

  test("does not link the code address whose underscore the seed document lost", () => {
    const links = named(site.pages.get("/t/petl-ast/")!, "a").map(({ attributes }) => attributes.href ?? "");
    const code = links.filter((link) => link.includes("umbertocappellazzo"));
    expect(code.every((link) => /\/PETL_AST\/?$/.test(link))).toBe(true);
  });
});
