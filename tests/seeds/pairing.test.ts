import { expect, test } from "vitest";
import { readSeeds } from "#seeds/library";
import { notebookSlugs } from "#notebook/source";
import { checkPairing, orphansOf } from "#seeds/pairing";
import { readPages } from "#seeds/technique-page";
import { temporaryFolder } from "./temporary-folder";

const entry = (title: string) => ({ title, sources: [{ document: "list.txt", line: 5, ordinal: 1 }] });
const page = (slug: string, title: string) => ({ file: `content/techniques/${slug}.mdx`, slug, title });
const whole = {
  entries: [entry("S²FT: Sparse"), entry("Model soups")],
  pages: [page("s2ft", "S^{2}FT – sparse"), page("model-soups", "Model Soups")],
  notebooks: ["s2ft"],
};

test("what fits together has no orphans", () => {
  expect(orphansOf(whole)).toEqual([]);
  expect(() => checkPairing(whole)).not.toThrow();
});

test("this repository's seeds, pages and notebooks fit together", () => {
  checkPairing({ entries: readSeeds(), pages: readPages(), notebooks: notebookSlugs() });
});

test("a page without seed entry", () => {
  const orphans = orphansOf({ ...whole, pages: [...whole.pages, page("extra", "An Extra Title")] });
  expect(orphans).toEqual([
    {
      kind: "page",
      name: "extra",
      message:
        "content/techniques/extra.mdx has the title “An Extra Title”, which no document in seeds/ has; " +
        "correct the title, or add its seed document",
    },
  ]);
});

test("a seed entry without page", () => {
  const orphans = orphansOf({ ...whole, entries: [...whole.entries, entry("A New Paper")] });
  expect(orphans).toEqual([
    {
      kind: "entry",
      name: "A New Paper",
      message: "seeds/list.txt:5: “A New Paper” has no page in content/techniques; run npm run generate",
    },
  ]);
});

test("a notebook without page", () => {
  const orphans = orphansOf({ ...whole, notebooks: ["s2ft", "model-soup"] });
  expect(orphans).toEqual([
    {
      kind: "notebook",
      name: "model-soup",
      message:
        "notebooks/model-soup.ts has no page content/techniques/model-soup.mdx; rename one of the two, or remove the notebook",
    },
  ]);
});

test("two pages with one title", () => {
  const orphans = orphansOf({ ...whole, pages: [...whole.pages, page("soups", "Model soups")] });
  expect(orphans).toMatchObject([{ kind: "page", name: "soups" }]);
  expect(orphans[0]?.message).toMatch(/title of content\/techniques\/model-soups\.mdx.*remove one/);
});

test("checkPairing lists all orphans at once", () => {
  const broken = { entries: whole.entries.slice(1), pages: whole.pages.slice(0, 1), notebooks: ["lost"] };
  expect(() => checkPairing(broken)).toThrow(
    /^checkPairing: expected .*\n- content\/techniques\/s2ft\.mdx .*\n- seeds\/list\.txt:5: “Model soups” .*\n- notebooks\/lost\.ts .*$/,
  );
});

test("a page without frontmatter or title is named", () => {
  expect(() => readPages(temporaryFolder({ "a.mdx": "# Text\n" }))).toThrow(/a\.mdx: expected YAML between/);
  expect(() => readPages(temporaryFolder({ "a.mdx": "---\nname: A\n---\n" }))).toThrow(
    /a\.mdx: expected a title/,
  );
});
