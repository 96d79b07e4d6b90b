import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readSeeds } from "#seeds/library";
import { errorOf, expectFault, type Malformed } from "./malformed-document";
import { listLines, replaced } from "./sample-documents";
import { temporaryFolder } from "./temporary-folder";

const list = (line: number, ...by: string[]) => replaced(listLines, line, ...by);

const documents: Malformed[] = [
  { name: "empty", document: "", line: 1, expected: /seed document/, found: /empty file/ },
  {
    name: "blank lines only",
    document: "\n \r\n\t\n",
    line: 1,
    expected: /seed document/,
    found: /empty file/,
  },
  {
    name: "a picture",
    document: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    line: 1,
    expected: /UTF-8/,
    found: /U\+FFFD/,
  },
  {
    name: "a control character",
    document: list(5, "Gad\u0000get"),
    line: 5,
    expected: /UTF-8/,
    found: /U\+0000/,
  },
  {
    name: "prose of another kind",
    document: "Hello\n\nthere",
    line: 1,
    expected: /title.*abstract/,
    found: /no abstract/,
  },

  {
    name: "list: first abstract missing",
    document: list(7),
    line: 8,
    expected: /abstract of “Gadget/,
    found: /“On the Use/,
  },
  {
    name: "list: last abstract missing",
    document: list(11),
    line: 9,
    expected: /abstract of “On the/,
    found: /end of/,
  },
  { name: "list: first title missing", document: list(5), line: 6, expected: /title/, found: /“We present/ },
  { name: "list: second title missing", document: list(9), line: 10, expected: /title/, found: /“Samples/ },
  {
    name: "list: an abstract without title at the start",
    document: listLines.slice(6).join("\n"),
    line: 1,
    expected: /title.*abstract/,
    found: /abstract without title: “We present/,
  },
  {
    name: "list: broken off in the middle of an abstract",
    document: readFileSync("seeds/000_14853c79d69612f7.txt").subarray(0, -200),
    line: 325,
    expected: /end of the last abstract/,
    found: /…“/,
  },
  {
    name: "list: broken off after a title",
    document: listLines.slice(0, 9).join("\n"),
    line: 9,
    expected: /abstract of “On the Use of Samples”/,
    found: /end of the document/,
  },
];

test.each(documents)("$name", expectFault);

test("the document from which the malformed ones are made is well-formed", () => {
  expect(readSeeds(temporaryFolder({ "list.txt": listLines.join("\n") }))).toHaveLength(2);
});

test("a folder without documents", () => {
  const folder = temporaryFolder();
  expect(errorOf(() => readSeeds(folder))).toMatchObject({ file: folder, found: "an empty folder" });
});
