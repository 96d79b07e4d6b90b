import type { SeedEntry } from "#seeds/entry";
import type { TechniquePage } from "#seeds/technique-page";
import { titleKey } from "#seeds/title-key";

/** What has to fit together. */
export interface Pairing {
  entries: Pick<SeedEntry, "title" | "sources">[];
  pages: TechniquePage[];
  /** Slugs. */
  notebooks: string[];
}

/** A thing without its counterpart, and what to do about it. */
export interface Orphan {
  kind: "page" | "entry" | "notebook";
  /** The page's or notebook's slug, or the entry's title. */
  name: string;
  message: string;
}

/**
 * All orphans: a page whose title no seed entry has or another page has already, a seed entry without page, a
 * notebook without page. Titles are compared without case, punctuation and TeX.
 */
export function orphansOf({ entries, pages, notebooks }: Pairing): Orphan[] {
  const titles = new Set(entries.map(({ title }) => titleKey(title)));
  const slugs = new Set(pages.map(({ slug }) => slug));
  const paged = new Map<string, string>();
  const orphans: Orphan[] = [];
  for (const { slug, file, title } of pages) {
    const key = titleKey(title);
    const other = paged.get(key);
    const problem = other
      ? `has the title of ${other}, “${title}”; remove one of the two`
      : titles.has(key)
        ? undefined
        : `has the title “${title}”, which no document in seeds/ has; correct the title, or add its seed document`;
    if (problem) orphans.push({ kind: "page", name: slug, message: `${file} ${problem}` });
    else paged.set(key, file);
  }
  for (const { title, sources } of entries)
    if (!paged.has(titleKey(title))) {
      const [where] = sources;
      const at = where ? `seeds/${where.document}:${where.line}` : "seeds/";
      const message = `${at}: “${title}” has no page in content/techniques; run npm run generate`;
      orphans.push({ kind: "entry", name: title, message });
    }
  for (const slug of notebooks)
    if (!slugs.has(slug)) {
      const message = `notebooks/${slug}.ts has no page content/techniques/${slug}.mdx; rename one of the two, or remove the notebook`;
      orphans.push({ kind: "notebook", name: slug, message });
    }
  return orphans;
}

/** Nothing, when pages, seed entries and notebooks fit together; else throws an error that lists every orphan. */
export function checkPairing(pairing: Pairing): void {
  const orphans = orphansOf(pairing);
  if (orphans.length === 0) return;
  const list = orphans.map(({ message }) => `\n- ${message}`).join("");
  throw new Error(
    `checkPairing: expected every page, seed entry and notebook to have its counterpart, got${list}`,
  );
}
