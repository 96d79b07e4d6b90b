/** What typography becomes in printable ASCII; the same replacements as in the Moby-Dick extract. */
const ascii: Record<string, string> = {
  "—": "--",
  "–": "-",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
  "…": "...",
  Œ: "OE",
  "\u00a0": " ",
};

/**
 * The text with dashes, quotation marks and special spaces in ASCII.
 * @throws at the first character that is then neither a newline nor printable ASCII
 */
export function printableAscii(text: string): string {
  const plain = text.replace(/[^\n\x20-\x7e]/gu, (character) => ascii[character] ?? character);
  const foreign = plain.match(/[^\n\x20-\x7e]/u);
  if (!foreign) return plain;
  const at = plain.slice(Math.max(0, foreign.index! - 20), foreign.index! + 20);
  throw new Error(
    `printableAscii: expected printable ASCII, got ${JSON.stringify(foreign[0])} in ${JSON.stringify(at)}`,
  );
}
