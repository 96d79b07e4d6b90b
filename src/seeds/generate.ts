import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { SeedEntry } from "#seeds/entry";
import { type Facts, readFacts } from "#seeds/facts";
import { readSeeds } from "#seeds/library";
import { nameInTitle, slugOf } from "#seeds/slug";
import { pageText, readPages, unsortedFamily } from "#seeds/technique-page";
import { titleKey } from "#seeds/title-key";

/** Folders to read and write, and a file of facts (see readFacts). */
export interface Generation {
  seeds?: string;
  /** The folder with `techniques/` and `families/`. */
  content?: string;
  facts?: string;
}

/** Files written, pages that were there already, and titles of facts that no entry has. */
export interface Generated {
  written: string[];
  kept: string[];
  unused: string[];
}

/**
 * What was done to give every seed entry its page: a page is written for each entry that has none (compared by
 * title), and no file is ever overwritten. A page without a family goes to the family “not sorted yet”, whose page
 * is written with the first of them.
 * Throws for seeds or facts that cannot be read, and when a fact's slug belongs to another page.
 */
export function generate({ seeds = "seeds", content = "content", facts: file }: Generation = {}): Generated {
  const entries = readSeeds(seeds);
  const facts: Map<string, Facts> = file === undefined ? new Map() : readFacts(file);
  const folder = join(content, "techniques");
  mkdirSync(folder, { recursive: true });
  const pages = new Map(readPages(folder).map((page) => [titleKey(page.title), page.file]));
  // A file of any spelling keeps its slug taken; so do the slugs that facts reserve for other entries.
  const taken = new Set(readdirSync(folder).map((name) => name.replace(/\.\w+$/, "")));
  const reserved = new Set([...facts.values()].map(({ slug }) => slug));

  const result: Generated = { written: [], kept: [], unused: [] };
  const keys = new Set<string>();
  for (const entry of entries) {
    const key = titleKey(entry.title);
    keys.add(key);
    const page = pages.get(key);
    if (page !== undefined) {
      result.kept.push(page);
      continue;
    }
    const fact = facts.get(key);
    const slug =
      fact?.slug ?? freeSlug(entry, (candidate) => taken.has(candidate) || reserved.has(candidate));
    if (taken.has(slug))
      throw new Error(
        `generate: expected the slug “${slug}” of “${entry.title}” to be free, got ${join(folder, slug)}.mdx; ` +
          "give the entry another slug in the facts, or that page this title",
      );
    taken.add(slug);
    result.written.push(write(join(folder, `${slug}.mdx`), pageText(entry, fact)));
    if (!fact?.family) result.written.push(...writeUnsorted(join(content, "families")));
  }
  result.unused = [...facts].filter(([key]) => !keys.has(key)).map(([, { title }]) => title);
  return result;
}

/** The name before the title's colon or the title's first eight words, with a number when that is taken. */
function freeSlug({ title }: SeedEntry, isTaken: (slug: string) => boolean): string {
  const words = slugOf(nameInTitle(title) ?? title).split("-");
  const slug = words.slice(0, 8).join("-") || "technique";
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? slug : `${slug}-${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function writeUnsorted(folder: string): string[] {
  const file = join(folder, `${unsortedFamily}.mdx`);
  if (existsSync(file)) return [];
  mkdirSync(folder, { recursive: true });
  const summary = "Techniques for which nobody has chosen a family yet.";
  return [write(file, `---\nname: not sorted yet\nsummary: ${summary}\norder: 99\n---\n`)];
}

function write(file: string, text: string): string {
  writeFileSync(file, text, { flag: "wx" }); // wx: fails rather than overwrite
  return file;
}

function readArguments(): Generation {
  try {
    const { facts } = parseArgs({ options: { facts: { type: "string" } } }).values;
    return facts === undefined ? {} : { facts };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new Error(`generate: expected npm run generate [-- --facts FILE], got: ${problem}`, {
      cause: error,
    });
  }
}

/** `npm run generate [-- --facts FILE]`. */
function main(): void {
  const { written, kept, unused } = generate(readArguments());
  for (const file of written) console.log(`wrote ${file}`);
  console.log(`${written.length} files written, ${kept.length} pages were there already and are unchanged`);
  for (const title of unused) console.log(`facts without a seed entry: “${title}”`);
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
