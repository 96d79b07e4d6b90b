import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { z } from "astro/zod";
import { describe, expect, test } from "vitest";
import { readSeeds } from "#seeds/library";
import { frontmatterOf } from "#seeds/technique-page";
import { titleKey } from "#seeds/title-key";

// The site's configuration lies at the root of src/, which no import alias reaches.
const { techniqueSchema, familySchema } = (await import(
  pathToFileURL(resolve("src/content.config.ts")).href
)) as { techniqueSchema: z.ZodType; familySchema: z.ZodType };

const read = (folder: string) =>
  readdirSync(`content/${folder}`).map((name) => {
    const text = readFileSync(`content/${folder}/${name}`, "utf8");
    return { name, slug: name.replace(".mdx", ""), text, data: frontmatterOf(text, name) };
  });
const techniques = read("techniques");
const families = read("families");
const slugs = new Set(techniques.map(({ slug }) => slug));
const entries = new Map(readSeeds().map((entry) => [titleKey(entry.title), entry]));

test("each seed entry has one page", () => {
  expect(new Set(techniques.map(({ data }) => titleKey(String(data.title))))).toEqual(
    new Set(entries.keys()),
  );
  expect(techniques).toHaveLength(entries.size);
  expect(techniques.length).toBeGreaterThanOrEqual(90);
});

describe.each(techniques)("content/techniques/$name", ({ slug, text, data }) => {
  test("its frontmatter keeps to the schema and its title is the seed entry's", () => {
    expect(techniqueSchema.safeParse(data).error?.issues).toBeUndefined();
    expect(entries.get(titleKey(String(data.title)))?.title).toBe(data.title);
    expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test("its related techniques have pages, are others, and are named once", () => {
    const related = ((data.related ?? []) as { slug: string }[]).map((one) => one.slug);
    expect(related.filter((one) => !slugs.has(one) || one === slug)).toEqual([]);
    expect(new Set(related).size).toBe(related.length);
    expect(text.includes("\n## Related techniques\n")).toBe(related.length > 0);
  });

  test("it has the sections that every page has, in their order", () => {
    const sections = ["<Abstract />", "<Notebook />", "<Citation />"].map((section) => text.indexOf(section));
    expect(Math.min(...sections)).toBeGreaterThan(0);
    expect(new Set(sections).size).toBe(3);
    expect(sections[2]).toBe(Math.max(...sections));
  });
});

test("facts that no document has are in the frontmatter", () => {
  const of = (slug: string) => techniques.find((technique) => technique.slug === slug)?.data;
  expect(of("hedgehog")).toMatchObject({
    name: "Hedgehog",
    family: "efficient-attention",
    modality: ["any"],
    year: 2024,
    arxiv: "2402.04347",
    venue: "ICLR 2024",
  });
  expect(of("salf")).toMatchObject({ year: 2024, arxiv: "2406.11753" });
  expect(of("curse-of-depth")).toMatchObject({ year: 2025, arxiv: "2502.05795" });
  expect(of("curse-of-depth")?.aliases).toEqual(expect.arrayContaining(["LNS", "LayerNorm Scaling"]));
  // What nobody knows is absent.
  expect(of("masked-thought")).not.toHaveProperty("arxiv");
  expect(of("masked-thought")).not.toHaveProperty("year");
});

describe.each(families)("content/families/$name", ({ slug, data }) => {
  test("its frontmatter keeps to the schema, its slug to its name, and it has members", () => {
    expect(familySchema.safeParse(data).error?.issues).toBeUndefined();
    if (slug !== "unsorted") expect(slug).toBe(String(data.name).replace("&", "and").replaceAll(" ", "-"));
    expect(techniques.some((technique) => technique.data.family === slug)).toBe(true);
  });
});

test("no two families share their place in lists", () => {
  expect(new Set(families.map(({ data }) => data.order)).size).toBe(families.length);
});

describe("the schema", () => {
  const least = { title: "A", name: "A", family: "low-rank-adapters" };

  test("needs a title, a name and a family; the rest has defaults or may be absent", () => {
    expect(techniqueSchema.parse(least)).toEqual({
      ...least,
      ...{ aliases: [], modality: [], saves: [], keywords: [], related: [], claims: [], mistakes: [] },
    });
  });

  test.each([
    ["no title", { title: undefined }, "title", /expected the title of the seed entry; write it/],
    ["an empty name", { name: " " }, "name", /is empty; write the short name/],
    ["an unknown family", { family: "adaptors" }, "family", /no content\/families\/adaptors\.mdx; correct/],
    [
      "an unknown modality",
      { modality: ["txt"] },
      "modality.0",
      /any, text, vision.*got "txt"\. Correct it, or add/,
    ],
    ["an unknown saving", { saves: ["time"] }, "saves.0", /training FLOPs.*got "time"/],
    ["an arXiv id that YAML reads as a number", { arxiv: 2502.05795 }, "arxiv", /in quotation marks/],
    ["an arXiv id with version", { arxiv: "2502.05795v2" }, "arxiv", /without version/],
    ["a year as text", { year: "2025" }, "year", /expected number|number/],
    ["an address without protocol", { code: "github.com/a/b" }, "code", /https:\/\//],
    [
      "a related title instead of a slug",
      { related: [{ slug: "Model Soups" }] },
      "related.0.slug",
      /lower case/,
    ],
    ["an unknown field", { familly: "x" }, "", /familly/],
  ])("refuses %s", (_, change, path, message) => {
    const { error } = techniqueSchema.safeParse({ ...least, ...change });
    expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
    expect(error?.issues[0]?.message).toMatch(message);
  });
});
