import { readFileSync } from "node:fs";
import { titleKey } from "#seeds/title-key";

/** What somebody found out about an entry beyond its seed document; a fact that is not known is absent or null. */
export interface Facts {
  title: string;
  slug?: string | null;
  name?: string | null;
  aliases?: string[] | null;
  /** The family's name or slug. */
  family?: string | null;
  modality?: string[] | null;
  year?: number | null;
  arxiv?: string | null;
  venue?: string | null;
  code?: string | null;
  saves?: string[] | null;
  keywords?: string[] | null;
  related?: { slug: string; why: string }[] | null;
}

/**
 * The facts in a JSON file, a list of objects with a `title`, by the key of the title.
 * Throws when the file is no such list, and when two of its objects share a title or a slug.
 */
export function readFacts(file: string): Map<string, Facts> {
  const list = parsed(file);
  const facts = new Map<string, Facts>();
  const slugs = new Set<string>();
  for (const fact of list) {
    const key = titleKey(fact.title);
    if (facts.has(key) || (fact.slug && slugs.has(fact.slug)))
      throw new Error(
        `readFacts: ${file}: expected each title and slug once, got “${fact.title}” twice; remove one`,
      );
    facts.set(key, fact);
    if (fact.slug) slugs.add(fact.slug);
  }
  return facts;
}

function parsed(file: string): Facts[] {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`readFacts: expected JSON in ${file}, got: ${problem}; correct the file or its path`, {
      cause,
    });
  }
  if (Array.isArray(list) && list.every(isFacts)) return list;
  throw new Error(`readFacts: ${file}: expected a list of objects that each have a title; correct the file`);
}

function isFacts(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && "title" in value && typeof value.title === "string";
}
