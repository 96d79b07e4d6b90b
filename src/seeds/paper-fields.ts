import type { SeedLine } from "#seeds/document-lines";
import type { SeedEntry } from "#seeds/entry";
import { readDate, readScore, readUrl, sentences } from "#seeds/paper-values";
import { readableText } from "#seeds/readable-text";
import { quoted, SeedError } from "#seeds/seed-error";
import { arxivIdOf, webLinks } from "#seeds/web-links";

const fieldNames = [
  "URL",
  "Date",
  "Title",
  "Authors",
  "Abstract summary",
  "Score",
  "License",
  "Abstract",
] as const;
type FieldName = (typeof fieldNames)[number];
const required: FieldName[] = ["URL", "Title", "Abstract"];

/** A field's lines, its own line first. */
type Fields = Map<FieldName, SeedLine[]>;

/** True for a line that starts with one of the fields' names. */
export function isField(text: string): boolean {
  return fieldNames.some((name) => text.startsWith(`- ${name}:`));
}

/**
 * The paper at the head of a document: a line with its title, then `- URL:`, `- Date:`, `- Title:`, `- Authors:`,
 * `- Abstract summary:` (a sentence per line), `- Score:`, `- License:`, `- Abstract:`; an empty field is no fact.
 * Other lines before the first field are the site's: the preamble.
 * Throws SeedError for a missing URL, title or abstract, for an unknown or a repeated field, and for a value that
 * cannot be read.
 */
export function readPaper(
  lines: SeedLine[],
  file: string,
  document: string,
): { preamble: string[]; entry: SeedEntry } {
  const { head, fields } = splitFields(lines, file);
  const value = (name: FieldName) =>
    (fields.get(name) ?? [])
      .map(({ text }) => text)
      .join(" ")
      .trim();
  const lineOf = (name: FieldName) => fields.get(name)?.[0]?.line ?? lines[0]!.line;
  for (const name of required)
    if (value(name) === "")
      throw new SeedError({
        file,
        line: lineOf(name),
        expected: `the field “- ${name}:” of the paper`,
        found: fields.has(name) ? "an empty one" : "none before the related papers",
        remedy: `Add “- ${name}: …” to the fields under the paper's title.`,
      });

  const rawTitle = value("Title");
  const title = readableText(rawTitle);
  const abstract = readableText(value("Abstract"), title);
  const summary = sentences(fields.get("Abstract summary") ?? [], title);
  const arxivUrl = readUrl(value("URL"), file, lineOf("URL"));
  const authors = value("Authors")
    .split(",")
    .map((author) => readableText(author))
    .filter(Boolean);
  const arxivId = arxivIdOf(arxivUrl);
  const date = value("Date") && readDate(value("Date"), file, lineOf("Date"));
  const score = value("Score") && readScore(value("Score"), file, lineOf("Score"));
  const license = value("License");
  const heading = head.find(({ text }) => text === rawTitle);
  const entry = {
    title,
    rawTitle,
    abstract,
    ...(summary.length > 0 && { summary }),
    ...(authors.length > 0 && { authors }),
    arxivUrl,
    ...(arxivId && { arxivId }),
    ...(date && { date }),
    ...(score !== "" && { score }),
    ...(license && { license }),
    codeLinks: webLinks([abstract, ...summary].join(" ")),
    sources: [{ document, line: heading?.line ?? lineOf("Title"), ordinal: 0 }],
  };
  return { preamble: head.filter((line) => line !== heading).map(({ text }) => text), entry };
}

function splitFields(lines: SeedLine[], file: string): { head: SeedLine[]; fields: Fields } {
  const head: SeedLine[] = [];
  const fields: Fields = new Map();
  let open = head;
  for (const { text, line } of lines) {
    const name = fieldNames.find((field) => text.startsWith(`- ${field}:`));
    if (name === undefined && !/^- [A-Z][A-Za-z ]*:/.test(text)) {
      open.push({ text, line });
    } else if (name === undefined || fields.has(name)) {
      throw new SeedError({
        file,
        line,
        expected: `each of the fields ${fieldNames.join(", ")} once and no other`,
        found: quoted(text),
        remedy: "Rename the field or remove its line: its fact would be lost.",
      });
    } else {
      open = [{ text: text.slice(name.length + 3).trim(), line }];
      fields.set(name, open);
    }
  }
  return { head, fields };
}
