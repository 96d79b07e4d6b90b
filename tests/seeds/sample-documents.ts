/** A complete document of titles and abstracts, line by line; the site's lines end on line 3. */
export const listLines = [
  "new", // 1
  "",
  "Mar 13", // 3
  "",
  "Gadget: A Method for Testing", // 5
  "",
  "We present a method for testing. It is small, and its code is at https://example.org/gadget.", // 7
  "",
  "On the Use of Samples", // 9
  "",
  "Samples stand for the real thing. We show that three lines are enough.", // 11
];

/** A complete document of a paper and its related papers, line by line. */
export const paperLines = [
  "A Paper about Papers", // 1
  "- URL: http://arxiv.org/abs/2401.00001v3", // 2
  "- Date: Mon, 1 Jan 2024 01:02:03 GMT", // 3
  "- Title: A Paper about Papers", // 4
  "- Authors: Ann Example, Bo Sample,", // 5
  "- Abstract summary: Papers are about things.", // 6
  "This one is about papers.", // 7
  "- Score: 12.5", // 8
  "- License: http://creativecommons.org/licenses/by/4.0/", // 9
  "- Abstract: Papers are about things. This one is about papers; see https://example.org/papers.", // 10
  "Related papers", // 11
  "- First Related Paper [1.5]", // 12
  "It comes first.", // 13
  "arXiv Detail & Related papers (2023-12-31T23:59:59Z) - A Second Paper with a Title", // 14
  "That Is Long [0.0]", // 15
  "It comes second.", // 16
  "It has two sentences.", // 17
  "arXiv Detail & Related papers (2020-02-29T00:00:00Z)", // 18
  "This list is automatically generated from the titles and abstracts of the papers in this site.", // 19
  "This site does not guarantee the quality of this site.", // 20
];

/** `lines` with the line numbered `line` (from 1) replaced by `by`; by none when it is left out. */
export function replaced(lines: string[], line: number, ...by: string[]): string {
  return lines.toSpliced(line - 1, 1, ...by).join("\n");
}
