/** Where a document tells of an entry. */
export interface SeedSource {
  /** The file's name in `seeds/`. */
  document: string;
  /** The line on which the entry's title starts, counted from 1. */
  line: number;
  /** The entry's place in its document: from 1 in a list; in a paper with related papers, 0 is the paper. */
  ordinal: number;
}

/** One paper, with every fact that the seed documents give about it; a fact that none gives is absent. */
export interface SeedEntry {
  /** Readable: Unicode (S²FT), and math as `$…$` only where Unicode cannot say it. */
  title: string;
  /** As the document has it; a title wrapped over two lines is joined by a space. */
  rawTitle: string;
  /** Readable; inline math as `$…$`. */
  abstract?: string;
  /** Sentences, readable, of what the document calls the abstract's summary. */
  summary?: string[];
  authors?: string[];
  /** The address as given, its version (`v2`) included. */
  arxivUrl?: string;
  /** The identifier without version: `2406.11753`. */
  arxivId?: string;
  /** ISO 8601: `2025-02-20T07:14:12Z`. */
  date?: string;
  score?: number;
  license?: string;
  /** Addresses found in the text, without the punctuation that follows them. */
  codeLinks: string[];
  /** One, or more when documents share a title; the first one's facts win where they differ. */
  sources: SeedSource[];
}

/** What a document holds beside its entries. */
export interface SeedDocument {
  /** The file's name in `seeds/`. */
  document: string;
  layout: "abstract list" | "related papers";
  /** Lines before the first entry that belong to the site, not to a paper. */
  preamble: string[];
  /** The day of the feed as ISO 8601's `--MM-DD` (a list names no year). */
  feedDate?: string;
  entries: SeedEntry[];
}
