import { basename } from "node:path";
import type { SeedLine } from "#seeds/document-lines";
import type { SeedDocument, SeedEntry } from "#seeds/entry";
import { isField, readPaper } from "#seeds/paper-fields";
import { relatedPaper } from "#seeds/related-paper";
import { quoted, SeedError } from "#seeds/seed-error";

const relatedHeading = /^Related papers$/;
const closing = /^This list is automatically generated/;
// The end of a related paper; the title of the next one stands on the same line.
const detail = /^arXiv Detail & Related papers \(([^)]*)\)(?: - (.+))?$/;

/** True for a document of this layout: it has a paper's field or the end of a related paper. */
export function isRelatedPapers(lines: SeedLine[]): boolean {
  return lines.some(({ text }) => isField(text) || text.startsWith("arXiv Detail & Related papers"));
}

/**
 * The document of one paper with its fields (see readPaper), the line `Related papers`, and papers of the form
 * `- Title [score]` (the title over at most three lines), summary sentences, `arXiv Detail & Related papers (date)`,
 * closed by the site's `This list is automatically generated …`.
 * Throws SeedError for a part that is missing, out of place or unreadable.
 */
export function readRelatedPapers(lines: SeedLine[], file: string): SeedDocument {
  const document = basename(file);
  const filled = lines.filter(({ text }) => text !== "");
  const heading = filled.findIndex(({ text }) => relatedHeading.test(text));
  if (heading < 0) {
    const related = filled.find(({ text }) => text.startsWith("- ") && !isField(text));
    throw new SeedError({
      file,
      line: (related ?? filled.at(-1)!).line,
      expected: "the line “Related papers” after the paper's abstract",
      found: related ? quoted(related.text) : "the end of the document",
      remedy: "Add the line before the related papers; when the document breaks off, copy it again in full.",
    });
  }
  const { preamble, entry } = readPaper(filled.slice(0, heading), file, document);
  const related = readRelated(filled.slice(heading), file, document);
  return { document, layout: "related papers", preamble, entries: [entry, ...related] };
}

function readRelated([heading, ...lines]: SeedLine[], file: string, document: string): SeedEntry[] {
  const end = lines.findIndex(({ text }) => closing.test(text));
  refuseSecondPaper(end < 0 ? [] : lines.slice(end), file);
  const open = end < 0 ? lines : lines.slice(0, end);
  const entries: SeedEntry[] = [];
  let paper: SeedLine[] = [];
  for (const { text, line } of open) {
    const [, date, next] = detail.exec(text) ?? [];
    if (date === undefined && (paper.length === 0 || !/^(- |arXiv Detail)/.test(text))) {
      paper.push({ text, line });
    } else if (date === undefined) {
      throw unfinished(paper, { text: quoted(text), line }, file);
    } else {
      entries.push(
        relatedPaper(paper, { text: date, line }, file, { document, ordinal: entries.length + 1 }),
      );
      paper = next === undefined ? [] : [{ text: `- ${next}`, line }];
    }
  }
  const last = open.at(-1) ?? heading!;
  if (entries.length === 0 || paper.length > 0)
    throw unfinished(
      paper,
      { text: end < 0 ? "the end of the document" : quoted(lines[end]!.text), line: last.line },
      file,
    );
  return entries;
}

function unfinished(paper: SeedLine[], found: SeedLine, file: string): SeedError {
  return new SeedError({
    file,
    line: found.line,
    expected: paper[0]
      ? `“arXiv Detail & Related papers (date)” after ${quoted(paper[0].text)}`
      : "a related paper as “- Title [score]”",
    found: found.text,
    remedy: "Complete this related paper; when the document breaks off, copy it again in full.",
  });
}

/** What follows the closing words would be lost: it may be words of the site, but no second paper. */
function refuseSecondPaper(closingLines: SeedLine[], file: string): void {
  const second = closingLines.find(
    ({ text }) => isField(text) || relatedHeading.test(text) || detail.test(text),
  );
  if (second)
    throw new SeedError({
      file,
      line: second.line,
      expected: "nothing but the site's words after “This list is automatically generated”",
      found: quoted(second.text),
      remedy: "Put the second paper into a document of its own.",
    });
}
