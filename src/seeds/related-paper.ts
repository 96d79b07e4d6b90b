import type { SeedLine } from "#seeds/document-lines";
import type { SeedEntry } from "#seeds/entry";
import { readDate, readScore, sentences } from "#seeds/paper-values";
import { readableText } from "#seeds/readable-text";
import { quoted, SeedError } from "#seeds/seed-error";
import { webLinks } from "#seeds/web-links";

const titleLines = 3;

/**
 * The entry of one related paper from its lines, `- Title [score]` (the title over at most three lines) and the
 * sentences of its summary, and from the date that closes it.
 * Throws SeedError for a part that is missing or unreadable.
 */
export function relatedPaper(
  lines: SeedLine[],
  date: SeedLine,
  file: string,
  at: { document: string; ordinal: number },
): SeedEntry {
  const first = lines[0] ?? date;
  const { rawTitle, score, rest } = splitTitle(lines, first, file);
  const title = readableText(rawTitle);
  const summary = sentences(rest, title);
  if (summary.length === 0)
    throw new SeedError({
      file,
      line: date.line,
      expected: `the summary of ${quoted(rawTitle)}, a sentence per line`,
      found: quoted(`arXiv Detail & Related papers (${date.text})`),
      remedy: "Add the sentences under the title.",
    });
  return {
    title,
    rawTitle,
    summary,
    date: readDate(date.text, file, date.line),
    score,
    codeLinks: webLinks(summary.join(" ")),
    sources: [{ ...at, line: first.line }],
  };
}

/** The title and score at the head of `lines`, and the lines after them. */
function splitTitle(lines: SeedLine[], first: SeedLine, file: string) {
  if (!first.text.startsWith("- "))
    throw new SeedError({
      file,
      line: first.line,
      expected: "a related paper as “- Title [score]”",
      found: quoted(first.text),
      remedy: "Start the paper's title with “- ”.",
    });
  const last = lines.slice(0, titleLines).findIndex(({ text }) => /\[[^[\]]*\]$/.test(text));
  if (last < 0)
    throw new SeedError({
      file,
      line: first.line,
      expected: `a score in square brackets after the title ${quoted(first.text.slice(2))}`,
      found: lines[1] ? quoted(lines[1].text) : "none",
      remedy: "Write the title as “- Title [score]”.",
    });
  const [, rawTitle = "", score = ""] =
    /^- (.*?)\s*\[([^[\]]*)\]$/.exec(
      lines
        .slice(0, last + 1)
        .map(({ text }) => text)
        .join(" "),
    ) ?? [];
  if (rawTitle === "")
    throw new SeedError({
      file,
      line: first.line,
      expected: "a title before the score",
      found: quoted(first.text),
      remedy: "Write the title as “- Title [score]”.",
    });
  return { rawTitle, score: readScore(score, file, lines[last]!.line), rest: lines.slice(last + 1) };
}
