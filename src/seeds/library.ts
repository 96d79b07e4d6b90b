import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readAbstractList } from "#seeds/abstract-list";
import { documentLines } from "#seeds/document-lines";
import type { SeedDocument, SeedEntry, SeedSource } from "#seeds/entry";
import { isRelatedPapers, readRelatedPapers } from "#seeds/related-papers";
import { SeedError } from "#seeds/seed-error";
import { titleKey } from "#seeds/title-key";

export type { SeedDocument, SeedEntry, SeedSource };

/**
 * All entries of the documents in `folder`, in the order of file names and of places in the document.
 * A title that documents share (compared by titleKey) is one entry with all sources; where the documents differ on a
 * fact, the first one's stands.
 * Throws SeedError, naming file, line, what was expected and what was found, for a document that does not parse.
 */
export function readSeeds(folder = "seeds"): SeedEntry[] {
  const entries = new Map<string, SeedEntry>();
  for (const { entries: found } of readDocuments(folder))
    for (const entry of found) {
      const key = titleKey(entry.title);
      const known = entries.get(key);
      entries.set(key, known ? merged(known, entry) : entry);
    }
  return [...entries.values()];
}

/** The documents in `folder` in the order of their names; hidden files are none. Throws SeedError as readSeeds does. */
export function readDocuments(folder = "seeds"): SeedDocument[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  if (names.length === 0)
    throw new SeedError({
      file: folder,
      line: 1,
      expected: "seed documents",
      found: "an empty folder",
      remedy: "Put the documents into it.",
    });
  return names.toSorted().map((name) => readDocument(join(folder, name)));
}

/** One document; its layout is told by what it holds, not by its name. Throws SeedError as readSeeds does. */
export function readDocument(file: string): SeedDocument {
  const lines = documentLines(readFileSync(file), file);
  return isRelatedPapers(lines) ? readRelatedPapers(lines, file) : readAbstractList(lines, file);
}

function merged(known: SeedEntry, other: SeedEntry): SeedEntry {
  return {
    ...other,
    ...known,
    codeLinks: [...new Set([...known.codeLinks, ...other.codeLinks])],
    sources: [...known.sources, ...other.sources],
  };
}
