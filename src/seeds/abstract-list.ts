import { basename } from "node:path";
import { dayOfFeed } from "#seeds/dates";
import type { SeedLine } from "#seeds/document-lines";
import type { SeedDocument, SeedEntry } from "#seeds/entry";
import { readableText } from "#seeds/readable-text";
import { quoted, SeedError } from "#seeds/seed-error";
import { webLinks } from "#seeds/web-links";

/** Lines between two blank lines, joined by spaces. */
interface Paragraph {
  text: string;
  line: number;
}

/**
 * The document of a page's dump: some lines of the site (a date among them), then for each paper its title, a blank
 * line, its abstract, a blank line. Titles and abstracts may be wrapped; blank lines may be many.
 * Throws SeedError where a title or an abstract is missing, and where the last abstract breaks off.
 */
export function readAbstractList(lines: SeedLine[], file: string): SeedDocument {
  const paragraphs = toParagraphs(lines);
  const start = firstTitle(paragraphs, file);
  const entries: SeedEntry[] = [];
  for (let index = start; index < paragraphs.length; index += 2) {
    const title = paragraphs[index]!;
    if (isAbstract(title.text))
      throw new SeedError({
        file,
        line: title.line,
        expected: "the title of the next paper",
        found: `an abstract: ${quoted(title.text)}`,
        remedy: "Put the title before it, with a blank line between the two.",
      });
    const abstract = paragraphs[index + 1];
    if (abstract === undefined || !isAbstract(abstract.text))
      throw new SeedError({
        file,
        line: abstract?.line ?? title.line,
        expected: `the abstract of ${quoted(title.text)}`,
        found: abstract === undefined ? "the end of the document" : `only ${quoted(abstract.text)}`,
        remedy: "Add the abstract under its title, with a blank line between the two, or remove the title.",
      });
    entries.push(toEntry(title, abstract.text, basename(file), entries.length + 1));
  }
  refuseBrokenEnd(paragraphs.at(-1)!, file);
  const preamble = paragraphs.slice(0, start).map(({ text }) => text);
  const feedDate = preamble.map(dayOfFeed).findLast((day) => day !== undefined);
  return {
    document: basename(file),
    layout: "abstract list",
    preamble,
    ...(feedDate && { feedDate }),
    entries,
  };
}

function toParagraphs(lines: SeedLine[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let open: Paragraph | undefined;
  for (const { text, line } of lines) {
    if (text === "") open = undefined;
    else if (open) open.text += ` ${text}`;
    else paragraphs.push((open = { text, line }));
  }
  return paragraphs;
}

/** Titles are short and end without a full stop; abstracts are sentences. */
function isAbstract(text: string): boolean {
  const words = text.split(/\s+/).length;
  return words > 30 || text.length > 250 || (words > 5 && text.endsWith("."));
}

/** The site's lines end at its date; without a date, the first title is what stands before the first abstract. */
function firstTitle(paragraphs: Paragraph[], file: string): number {
  const abstract = paragraphs.findIndex(({ text }) => isAbstract(text));
  const date = paragraphs.findLastIndex(
    ({ text }, index) => index < abstract && dayOfFeed(text) !== undefined,
  );
  if (abstract > 0) return date >= 0 ? date + 1 : abstract - 1;
  throw new SeedError({
    file,
    line: paragraphs[0]!.line,
    expected: "a title, a blank line and an abstract",
    found:
      abstract === 0
        ? `an abstract without title: ${quoted(paragraphs[0]!.text)}`
        : "no abstract in the document",
    remedy:
      "Write each paper as its title, a blank line, its abstract; or one paper with “- URL:”, “- Title:” and its related papers.",
  });
}

/** A download that broke off ends in the middle of a sentence; only the last paragraph can show it. */
function refuseBrokenEnd({ text, line }: Paragraph, file: string): void {
  if (/[.!?…][)\]”"'’]*$/.test(text) || /https?:\/\/\S+$/.test(text)) return;
  throw new SeedError({
    file,
    line,
    expected: "the end of the last abstract's sentence",
    found: `…${quoted(text.slice(-40).trimStart())}`,
    remedy: "When the document breaks off, copy it again in full; when it is complete, add the full stop.",
  });
}

function toEntry(title: Paragraph, abstract: string, document: string, ordinal: number): SeedEntry {
  const readableTitle = readableText(title.text);
  const readable = readableText(abstract, readableTitle);
  return {
    title: readableTitle,
    rawTitle: title.text,
    abstract: readable,
    codeLinks: webLinks(readable),
    sources: [{ document, line: title.line, ordinal }],
  };
}
