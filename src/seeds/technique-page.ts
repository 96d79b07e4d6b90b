import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import type { SeedEntry } from "#seeds/entry";
import type { Facts } from "#seeds/facts";
import { nameInTitle, slugOf } from "#seeds/slug";

/** A page of `content/techniques/` as far as it joins with the rest. */
export interface TechniquePage {
  /** The file's path. */
  file: string;
  slug: string;
  /** The frontmatter's title. */
  title: string;
}

/** The family of a page for which nobody has chosen one. */
export const unsortedFamily = "unsorted";

/**
 * The pages in `folder`, in the order of their names.
 * Throws for a page without frontmatter or without a title in it.
 */
export function readPages(folder = "content/techniques"): TechniquePage[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".mdx"));
  return names.toSorted().map((name) => {
    const file = join(folder, name);
    const { title } = frontmatterOf(readFileSync(file, "utf8"), file);
    if (typeof title === "string") return { file, slug: basename(name, ".mdx"), title };
    throw new Error(
      `readPages: ${file}: expected a title in the frontmatter, got none; add the seed entry's title`,
    );
  });
}

/** The frontmatter of a page's text. Throws when there is none, or no YAML mapping in it. */
export function frontmatterOf(text: string, file: string): Record<string, unknown> {
  const [, yaml] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/.exec(text) ?? [];
  const frontmatter: unknown = yaml === undefined ? undefined : parse(yaml);
  if (typeof frontmatter === "object" && frontmatter !== null) return frontmatter as Record<string, unknown>;
  throw new Error(
    `frontmatterOf: ${file}: expected YAML between two lines “---” at the top, got none; add it`,
  );
}

/** The text of a new page: the frontmatter from what is known, and the sections of a technique without notebook. */
export function pageText(entry: SeedEntry, facts?: Facts): string {
  const frontmatter = frontmatterFor(entry, facts);
  const sections = ["## Abstract\n<Abstract />", "## Notebook\n<Notebook />"];
  if (frontmatter.related?.length) sections.push("## Related techniques\n<Related />");
  sections.push("## How to cite\n<Citation />");
  // lineWidth 0: one line for a value, so that a change of a value is a change of one line.
  return `---\n${stringify(frontmatter, { lineWidth: 0 })}---\n${sections.join("\n")}\n`;
}

/** Only facts that somebody gives: what is not known is left out, and the schema's defaults stand for it. */
function frontmatterFor(entry: SeedEntry, facts?: Facts) {
  const seedYear = entry.date === undefined ? undefined : Number(entry.date.slice(0, 4));
  return known({
    title: entry.title,
    name: facts?.name ?? nameInTitle(entry.title) ?? entry.title,
    aliases: facts?.aliases,
    family: facts?.family ? slugOf(facts.family) : unsortedFamily,
    modality: facts?.modality,
    year: facts?.year ?? seedYear,
    arxiv: facts?.arxiv ?? entry.arxivId,
    // A list of facts says "unverified", alone, where no venue could be confirmed.
    venue: facts?.venue === "unverified" ? undefined : facts?.venue,
    code: facts?.code ?? entry.codeLinks[0],
    saves: facts?.saves,
    keywords: facts?.keywords,
    related: facts?.related,
  });
}

/** `record` without the properties that are null, undefined or an empty list. */
function known<T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(record).filter(
    ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
