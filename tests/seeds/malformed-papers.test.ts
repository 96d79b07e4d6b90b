import { expect, test } from "vitest";
import { readSeeds } from "#seeds/library";
import { expectFault, type Malformed } from "./malformed-document";
import { paperLines, replaced } from "./sample-documents";
import { temporaryFolder } from "./temporary-folder";

const paper = (line: number, ...by: string[]) => replaced(paperLines, line, ...by);

const documents: Malformed[] = [
  { name: "paper: URL missing", document: paper(2), line: 1, expected: /“- URL:”/, found: /none/ },
  {
    name: "paper: URL that is none",
    document: paper(2, "- URL: arxiv"),
    line: 2,
    expected: /http/,
    found: /“arxiv”/,
  },
  { name: "paper: Title missing", document: paper(4), line: 1, expected: /“- Title:”/, found: /none/ },
  {
    name: "paper: Title empty",
    document: paper(4, "- Title:"),
    line: 4,
    expected: /“- Title:”/,
    found: /empty/,
  },
  { name: "paper: Abstract missing", document: paper(10), line: 1, expected: /“- Abstract:”/, found: /none/ },
  {
    name: "paper: bad date",
    document: paper(3, "- Date: yesterday"),
    line: 3,
    expected: /date/,
    found: /“yesterday”/,
  },
  {
    name: "paper: a day that the calendar does not have",
    document: paper(3, "- Date: Thu, 30 Feb 2024 01:02:03 GMT"),
    line: 3,
    expected: /date/,
    found: /“Thu, 30 Feb 2024/,
  },
  {
    name: "paper: score not a number",
    document: paper(8, "- Score: high"),
    line: 8,
    expected: /number/,
    found: /“high”/,
  },
  {
    name: "paper: unknown field",
    document: paper(9, "- Journal: X"),
    line: 9,
    expected: /URL, Date/,
    found: /“- Journal/,
  },
  {
    name: "paper: a field twice",
    document: paper(9, "- Score: 1"),
    line: 9,
    expected: /once/,
    found: /“- Score: 1”/,
  },
  {
    name: "paper: “Related papers” missing",
    document: paper(11),
    line: 11,
    expected: /“Related papers”/,
    found: /“- First Related/,
  },
  {
    name: "paper: broken off before the related papers",
    document: paperLines.slice(0, 10).join("\n"),
    line: 10,
    expected: /“Related papers”/,
    found: /end of the document/,
  },

  {
    name: "related: none",
    document: paperLines.slice(0, 11).join("\n"),
    line: 11,
    expected: /“- Title \[score\]”/,
    found: /end of/,
  },
  {
    name: "related: no dash",
    document: paper(12, "First [1.5]"),
    line: 12,
    expected: /“- Title \[/,
    found: /“First \[1.5\]”/,
  },
  {
    name: "related: no score",
    document: paper(12, "- First"),
    line: 12,
    expected: /score.*“First”/,
    found: /“It comes/,
  },
  {
    name: "related: score not a number",
    document: paper(12, "- First [x]"),
    line: 12,
    expected: /number/,
    found: /“x”/,
  },
  { name: "related: score empty", document: paper(15, "Long []"), line: 15, expected: /number/, found: /“”/ },
  {
    name: "related: no title",
    document: paper(12, "- [1.5]"),
    line: 12,
    expected: /title before/,
    found: /“- \[1.5\]”/,
  },
  {
    name: "related: no summary",
    document: paper(13),
    line: 13,
    expected: /summary of “First/,
    found: /“arXiv Detail/,
  },
  {
    name: "related: bad date",
    document: paper(18, "arXiv Detail & Related papers (2021-02-29T00:00:00Z)"),
    line: 18,
    expected: /date/,
    found: /“2021-02-29/,
  },
  {
    name: "related: date missing",
    document: paper(14, "arXiv Detail & Related papers - A Second Paper with a Title"),
    line: 14,
    expected: /\(date\)” after “- First/,
    found: /“arXiv Detail & Related papers - A/,
  },
  {
    name: "related: next title without the end of the last",
    document: paper(14, "- A Second Paper with a Title"),
    line: 14,
    expected: /“arXiv Detail & Related papers \(date\)” after “- First/,
    found: /“- A Second/,
  },
  {
    name: "related: broken off in the middle",
    document: paperLines.slice(0, 16).join("\n"),
    line: 16,
    expected: /\(date\)” after “- A Second/,
    found: /end of the document/,
  },
  {
    name: "related: the last one's end missing",
    document: paper(18),
    line: 17,
    expected: /\(date\)” after “- A Second/,
    found: /“This list is/,
  },
  {
    name: "two papers in one document",
    document: [...paperLines, ...paperLines].join("\n"),
    line: 22,
    expected: /nothing but the site's words/,
    found: /“- URL/,
  },
];

test.each(documents)("$name", expectFault);

test("the document from which the malformed ones are made is well-formed", () => {
  expect(readSeeds(temporaryFolder({ "paper.txt": paperLines.join("\n") }))).toHaveLength(3);
});
