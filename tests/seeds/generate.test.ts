import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { generate } from "#seeds/generate";
import { listLines, paperLines } from "./sample-documents";
import { temporaryFolder } from "./temporary-folder";

const gadgetFacts = {
  title: "gadget – a method for testing",
  slug: "gadget-method",
  name: "Gadget",
  family: "data & recipes",
  modality: ["text"],
  year: 2023,
  arxiv: "2301.00010",
  venue: "unverified",
  code: null,
  saves: [],
  keywords: ["testing: methods"],
  related: [{ slug: "papers", why: "the other one: a paper" }],
};

function workplace(files: Record<string, string> = {}) {
  const folder = temporaryFolder({
    "seeds/list.txt": listLines.join("\n"),
    "seeds/paper.txt": paperLines.join("\n"),
    ...files,
  });
  return { folder, seeds: join(folder, "seeds"), content: join(folder, "content") };
}

const page = (content: string, slug: string) =>
  readFileSync(join(content, "techniques", `${slug}.mdx`), "utf8");
const frontmatter = (text: string): unknown => parse(text.split("---\n")[1] ?? "");

test("every entry without a page gets one, from the seed's facts alone when there are no others", () => {
  const { seeds, content } = workplace();
  const { written, kept, unused } = generate({ seeds, content });
  expect(written.map((file) => file.slice(content.length + 1))).toEqual([
    "techniques/gadget.mdx",
    "families/unsorted.mdx",
    "techniques/on-the-use-of-samples.mdx",
    "techniques/a-paper-about-papers.mdx",
    "techniques/first-related-paper.mdx",
    "techniques/a-second-paper-with-a-title-that-is.mdx",
  ]);
  expect({ kept, unused }).toEqual({ kept: [], unused: [] });
  const text = page(content, "a-paper-about-papers");
  expect(frontmatter(text)).toEqual({
    title: "A Paper about Papers",
    name: "A Paper about Papers",
    family: "unsorted",
    year: 2024,
    arxiv: "2401.00001",
    code: "https://example.org/papers",
  });
  expect(text.split("---\n")[2]).toBe(
    "## Abstract\n<Abstract />\n## Notebook\n<Notebook />\n## How to cite\n<Citation />\n",
  );
});

test("facts go into the frontmatter; what is null, empty or unverified does not", () => {
  const { folder, seeds, content } = workplace({ "facts.json": JSON.stringify([gadgetFacts]) });
  generate({ seeds, content, facts: join(folder, "facts.json") });
  const text = page(content, "gadget-method");
  expect(frontmatter(text)).toEqual({
    title: "Gadget: A Method for Testing",
    name: "Gadget",
    family: "data-and-recipes",
    modality: ["text"],
    year: 2023,
    arxiv: "2301.00010",
    code: "https://example.org/gadget",
    keywords: ["testing: methods"],
    related: [{ slug: "papers", why: "the other one: a paper" }],
  });
  expect(text.split("---\n")[2]).toBe(
    "## Abstract\n<Abstract />\n## Notebook\n<Notebook />\n## Related techniques\n<Related />\n## How to cite\n<Citation />\n",
  );
});

test("an honest remark about a venue stays as it is", () => {
  const venue = "ICCV 2021 (venue recalled, unverified)";
  const { folder, seeds, content } = workplace({ "facts.json": JSON.stringify([{ ...gadgetFacts, venue }]) });
  generate({ seeds, content, facts: join(folder, "facts.json") });
  expect(frontmatter(page(content, "gadget-method"))).toMatchObject({ venue });
});

test("a page is never overwritten, whatever its slug and its spelling of the title", () => {
  const mine = "---\ntitle: 'gadget, a METHOD for testing'\n---\nMy own words.\n";
  const { seeds, content } = workplace({ "content/techniques/my-gadget.mdx": mine });
  const { written, kept } = generate({ seeds, content });
  expect(kept).toEqual([join(content, "techniques/my-gadget.mdx")]);
  expect(written.join()).not.toMatch(/gadget/);
  expect(page(content, "my-gadget")).toBe(mine);
});

test("a second run writes nothing", () => {
  const { seeds, content } = workplace();
  generate({ seeds, content });
  const state = () =>
    readdirSync(content, { recursive: true, encoding: "utf8" }).map((name) => [
      name,
      statSync(join(content, name)).mtimeMs,
    ]);
  const before = state();
  const { written, kept } = generate({ seeds, content });
  expect(written).toEqual([]);
  expect(kept).toHaveLength(5);
  expect(state()).toEqual(before);
});

test("a slug that another page has is refused when the facts ask for it, and avoided otherwise", () => {
  const other = { "content/techniques/gadget.mdx": "---\ntitle: Another\n---\n" };
  const { seeds, content } = workplace(other);
  generate({ seeds, content });
  expect(frontmatter(page(content, "gadget-2"))).toMatchObject({ title: "Gadget: A Method for Testing" });

  const facts = JSON.stringify([{ ...gadgetFacts, slug: "gadget" }]);
  const asked = workplace({ ...other, "facts.json": facts });
  expect(() => generate({ ...asked, facts: join(asked.folder, "facts.json") })).toThrow(
    /expected the slug “gadget” of “Gadget: A Method for Testing” to be free, got .*gadget\.mdx; give/,
  );
});

test("facts without an entry are named", () => {
  const { folder, seeds, content } = workplace({
    "facts.json": JSON.stringify([{ title: "Nobody's paper" }]),
  });
  expect(generate({ seeds, content, facts: join(folder, "facts.json") }).unused).toEqual(["Nobody's paper"]);
});

test.each([
  ["no JSON", "nonsense", /expected JSON in .*facts\.json/],
  ["no list", "{}", /expected a list of objects that each have a title/],
  ["no title", '[{"slug":"a"}]', /expected a list of objects that each have a title/],
  ["a title twice", '[{"title":"A b"},{"title":"a B"}]', /each title and slug once, got “a B” twice/],
])("facts with %s are refused", (_, facts, message) => {
  const { folder, seeds, content } = workplace({ "facts.json": facts });
  expect(() => generate({ seeds, content, facts: join(folder, "facts.json") })).toThrow(message);
});
