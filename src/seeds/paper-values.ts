import { isoDate } from "#seeds/dates";
import type { SeedLine } from "#seeds/document-lines";
import { readableText } from "#seeds/readable-text";
import { quoted, SeedError } from "#seeds/seed-error";

/** The lines as readable sentences, one each. */
export function sentences(lines: SeedLine[], title: string): string[] {
  return lines.filter(({ text }) => text !== "").map(({ text }) => readableText(text, title));
}

/** `text` in ISO 8601; throws SeedError for what is no date. */
export function readDate(text: string, file: string, line: number): string {
  const date = isoDate(text);
  if (date !== undefined) return date;
  throw new SeedError({
    file,
    line,
    expected: "a date such as “Thu, 20 Feb 2025 07:14:12 GMT” or “2025-02-13T06:44:33Z”",
    found: quoted(text),
    remedy: "Correct the date.",
  });
}

/** `text` as a number; throws SeedError for what is none. */
export function readScore(text: string, file: string, line: number): number {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new SeedError({
    file,
    line,
    expected: "a score that is a number such as 32.18",
    found: quoted(text),
    remedy: "Correct the score.",
  });
}

/** `text`, an address of the web; throws SeedError for what is none. */
export function readUrl(text: string, file: string, line: number): string {
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return text;
  throw new SeedError({
    file,
    line,
    expected: "an address that starts with http:// or https://",
    found: quoted(text),
    remedy: "Correct the address after “- URL:”.",
  });
}
