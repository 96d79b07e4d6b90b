import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { HERE } from "#setup/build";
import { anchorsIn, joined, missingAnchors, moved, publishedAnchors } from "#site/anchors";
import type { TechniqueRecord } from "#site/record";
import { builtSite, named } from "./built-site";

/*
 * What others link to, fetch or embed. The expected values are read from the content and the ledgers, not from the code that
 * writes these files.
 */

const site = builtSite();
const read = (path: string) => readFileSync(join(site.root, path), "utf8");
const json = (path: string) => JSON.parse(read(path)) as Record<string, unknown>;
const slugs = readdirSync("content/techniques").map((file) => file.replace(/\.mdx$/, ""));
const recorded = readdirSync("content/ledger").map((file) => file.replace(/\.json$/, ""));
const list = json("techniques.json") as { $schema: string; techniques: TechniqueRecord[] };

interface LedgerFile {
  runs: { scale: string; claims: { id: string; measured: number; verdict: string }[] }[];
}
const claimsOf = (slug: string) => {
  const ledger = JSON.parse(readFileSync(`content/ledger/${slug}.json`, "utf8")) as LedgerFile;
  return ledger.runs.find(({ scale }) => scale === "full")!.claims;
};

describe("techniques as data", () => {
  test("are all in one file that meets the published JSON Schema, and the schema refuses what is malformed", () => {
    expect(list.$schema).toBe(`${HERE}/techniques.schema.json`);
    const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(
      json("techniques.schema.json"),
    );
    expect(validate(list), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(list.techniques.map(({ slug }) => slug).sort()).toEqual(slugs.sort());
    const [first, ...rest] = list.techniques;
    expect(validate({ ...list, techniques: [{ ...first, year: "2024" }, ...rest] })).toBe(false);
    expect(validate({ ...list, techniques: [{ ...first, colour: "red" }] })).toBe(false);
  });

  test.each(recorded)("%s: its results are those of the ledger, the failed ones too", (slug) => {
    const record = json(`t/${slug}.json`) as unknown as TechniqueRecord;
    expect(record).toEqual(list.techniques.find((one) => one.slug === slug));
    const numbers = (claims: { id: string; measured: number; verdict: string }[]) =>
      claims
        .map(({ id, measured, verdict }) => ({ id, measured, verdict }))
        .sort((a, b) => a.id.localeCompare(b.id));
    expect(numbers(record.claims)).toEqual(numbers(claimsOf(slug)));
    const page = site.pages.get(`/t/${slug}/`)!;
    const ids = page.elements.map(({ attributes }) => attributes.id);
    for (const { url } of record.claims) {
      expect(url.startsWith(`${HERE}/t/${slug}/#`)).toBe(true);
      expect(ids).toContain(url.split("#")[1]);
    }
  });

  test("without a notebook have no claims, and say so", () => {
    const rest = list.techniques.filter(({ slug }) => !recorded.includes(slug));
    expect(rest.length + recorded.length).toBe(slugs.length);
    for (const { claims, status, checked } of rest)
      expect({ claims, status, checked }).toEqual({
        claims: [],
        status: "not yet built",
        checked: undefined,
      });
  });
});

describe("pages as Markdown", () => {
  test.each(slugs)("%s: whole, with no component left, linked from its page", (slug) => {
    const markdown = read(`t/${slug}.md`);
    const { title, arxiv } = list.techniques.find((one) => one.slug === slug)!;
    expect(markdown.split("\n")[0]!.length).toBeGreaterThan(title.length / 2);
    expect(markdown.startsWith("# ")).toBe(true);
    const prose = markdown.replace(/```[\s\S]*?```/g, "");
    expect(prose).not.toMatch(/^<[A-Z]/m);
    expect(prose).not.toMatch(/(: |\(|\| )undefined|\]\(\/|\]\(#/);
    expect(prose).toMatch(/^> \S{2}/m); // the abstract is quoted
    if (arxiv) expect(prose).toContain(arxiv);
    if (recorded.includes(slug))
      for (const { id } of claimsOf(slug)) expect(prose).toContain(`| \`${id}\` |`);
    const links = named(site.pages.get(`/t/${slug}/`)!, "link").map(({ attributes }) => attributes.href);
    expect(links).toContain(`/t/${slug}.md`);
  });

  test("are listed in llms.txt, and together in llms-full.txt", () => {
    const listed = [...read("llms.txt").matchAll(/\]\((\S+\/t\/\S+\.md)\)/g)].map(([, url]) => url);
    expect(listed.sort()).toEqual(slugs.map((slug) => `${HERE}/t/${slug}.md`).sort());
    const full = read("llms-full.txt");
    for (const slug of slugs) expect(full).toContain(read(`t/${slug}.md`).split("\n")[0]);
  });
});

test("an arXiv identifier leads to its page", () => {
  const known = list.techniques.filter(({ arxiv }) => arxiv);
  expect(known.length).toBeGreaterThan(80);
  for (const { arxiv, slug } of known) {
    const page = site.pages.get(`/arxiv/${arxiv}/`)!;
    const refresh = named(page, "meta").find(
      ({ attributes }) => attributes["http-equiv"]?.toLowerCase() === "refresh",
    );
    expect(refresh?.attributes.content).toBe(`0; url=/t/${slug}/`);
    expect(named(page, "a").some(({ attributes }) => attributes.href === `/t/${slug}/`)).toBe(true);
  }
});

describe("for other sites", () => {
  test.each(slugs)("%s: a frame, found by oEmbed, a badge, a picture", async (slug) => {
    const page = site.pages.get(`/t/${slug}/`)!;
    const oembed = named(page, "link").find(({ attributes }) => /oembed/.test(attributes.type ?? ""));
    expect(oembed?.attributes.href).toBe(`${HERE}/oembed/${slug}.json`);
    const { html, type, version } = json(`oembed/${slug}.json`);
    expect({ type, version }).toEqual({ type: "rich", version: "1.0" });
    const frame = parseHTML(`<body>${String(html)}</body>`).document.querySelector("iframe")!;
    expect(frame.getAttribute("src")).toBe(`${HERE}/embed/${slug}/`);
    expect(frame.getAttribute("title")).not.toBe("");

    const embedded = site.pages.get(`/embed/${slug}/`)!;
    const links = named(embedded, "a").map(({ attributes }) => attributes);
    for (const { href, target } of links) {
      expect(href?.startsWith(`/t/${slug}/`)).toBe(true);
      expect(target).toBe("_blank");
    }
    const claims = recorded.includes(slug) ? claimsOf(slug) : [];
    expect(named(embedded, "li")).toHaveLength(claims.length);
    expect(named(embedded, "script")).toEqual([]);

    const held = claims.filter(({ verdict }) => verdict === "holds").length;
    const words = claims.length > 0 ? `${held} of ${claims.length} claims` : "not yet built";
    expect(read(`badge/${slug}.svg`)).toContain(words);

    const image = page.elements.find(({ attributes }) => attributes.property === "og:image");
    const path = image!.attributes.content!.replace(HERE, "");
    expect(path).toBe(`/og/t/${slug}.png`);
    const { width, height, format } = await sharp(join(site.root, path)).metadata();
    expect({ width, height, format }).toEqual({ width: 1200, height: 630, format: "png" });
  });

  test("every page that can be linked names a picture of its own, and it is there", () => {
    const images = [...site.pages.values()].flatMap((page) => {
      const image = page.elements.find(({ attributes }) => attributes.property === "og:image");
      return image ? [image.attributes.content!.replace(HERE, "")] : [];
    });
    // All but frames, which are not linked.
    expect(images.length).toBe(site.pages.size - slugs.length);
    expect(new Set(images).size).toBe(images.length);
    expect(images.filter((path) => !existsSync(join(site.root, path)))).toEqual([]);
  });

  test("results are a feed, the newest first, each with its own address", () => {
    const { document } = parseHTML(read("feed.xml"));
    const items = [...document.querySelectorAll("item")];
    expect(items).toHaveLength(recorded.length);
    const days = items.map((item) => Date.parse(item.querySelector("pubDate")!.textContent));
    expect(days).toEqual(days.toSorted((a, b) => b - a));
    expect(new Set(items.map((item) => item.querySelector("guid")!.textContent)).size).toBe(items.length);
    for (const slug of recorded) expect(read("feed.xml")).toContain(`<link>${HERE}/t/${slug}/</link>`);
  });

  test("the sitemap has the pages, and not the ways to them", () => {
    expect(read("sitemap-index.xml")).toContain(`${HERE}/sitemap-0.xml`);
    const addresses = [...read("sitemap-0.xml").matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) =>
      url!.replace(HERE, ""),
    );
    for (const slug of slugs) expect(addresses).toContain(`/t/${slug}/`);
    expect(addresses.filter((path) => /^\/(arxiv|embed|notebook-host)\//.test(path))).toEqual([]);
    for (const path of addresses) expect([...site.pages.keys()]).toContain(path);
  });
});

describe("published anchors", () => {
  const [published, built] = [publishedAnchors(), anchorsIn(site.root)];
  test("are all still there, or lead to where they went", () => {
    expect(missingAnchors(published, built, moved())).toEqual([]);
  });
  test("are all on record", () => {
    expect(joined(published, built), 'run "npm run anchors" to publish the new ones').toEqual(published);
  });
});
