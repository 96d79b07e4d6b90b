import { readableText } from "#seeds/readable-text";

/**
 * What two spellings of one title have in common: its letters and digits, without case, accents, punctuation and
 * TeX (`S^{2}FT: …` and `S²FT …` give `s2ft…`). It joins documents with each other and pages with entries.
 */
export function titleKey(title: string): string {
  const plain = readableText(title).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^\p{L}\p{N}]/gu, "") || plain;
}
