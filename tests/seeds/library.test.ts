import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDocuments, readSeeds } from "#seeds/library";
import { listLines, paperLines } from "./sample-documents";
import { temporaryFolder } from "./temporary-folder";

const gadget = {
  title: "Gadget: A Method for Testing",
  rawTitle: "Gadget: A Method for Testing",
  abstract: "We present a method for testing. It is small, and its code is at https://example.org/gadget.",
  codeLinks: ["https://example.org/gadget"],
  sources: [{ document: "list.txt", line: 5, ordinal: 1 }],
};

const paper = {
  title: "A Paper about Papers",
  rawTitle: "A Paper about Papers",
  abstract: "Papers are about things. This one is about papers; see https://example.org/papers.",
  summary: ["Papers are about things.", "This one is about papers."],
  authors: ["Ann Example", "Bo Sample"],
  arxivUrl: "http://arxiv.org/abs/2401.00001v3",
  arxivId: "2401.00001",
  date: "2024-01-01T01:02:03Z",
  score: 12.5,
  license: "http://creativecommons.org/licenses/by/4.0/",
  codeLinks: ["https://example.org/papers"],
  sources: [{ document: "paper.txt", line: 1, ordinal: 0 }],
};

const second = {
  title: "A Second Paper with a Title That Is Long",
  rawTitle: "A Second Paper with a Title That Is Long",
  summary: ["It comes second.", "It has two sentences."],
  date: "2020-02-29T00:00:00Z",
  score: 0,
  codeLinks: [],
  sources: [{ document: "paper.txt", line: 14, ordinal: 2 }],
};

test("a third document in either layout, under any name, gives its entries", () => {
  const folder = temporaryFolder({ "another-list": listLines.join("\n"), "z.md": paperLines.join("\n") });
  for (const name of readdirSync("seeds")) copyFileSync(join("seeds", name), join(folder, name));
  const entries = readSeeds(folder);
  const known = readSeeds();
  expect(entries).toHaveLength(known.length + 2 + 3);
  expect(entries.slice(0, known.length)).toEqual(known);
  expect(entries[known.length]).toEqual({
    ...gadget,
    sources: [{ ...gadget.sources[0], document: "another-list" }],
  });
  expect(entries[known.length + 2]).toEqual({
    ...paper,
    sources: [{ ...paper.sources[0], document: "z.md" }],
  });
});

test("every fact of a document is read", () => {
  const folder = temporaryFolder({ "list.txt": listLines.join("\n"), "paper.txt": paperLines.join("\n") });
  const entries = readSeeds(folder);
  expect(entries).toHaveLength(5);
  expect(entries[0]).toEqual(gadget);
  expect(entries[2]).toEqual(paper);
  expect(entries[4]).toEqual(second);
});

test.each([
  ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
  ["a byte order mark", (text: string) => `\uFEFF${text}`],
  ["a final line end", (text: string) => `${text}\n`],
  ["many final line ends", (text: string) => `${text}\n\n \n`],
  ["white space around lines", (text: string) => text.replaceAll("\n", "\u00a0 \n\t")],
])("%s makes no difference", (_, change) => {
  const plain = temporaryFolder({ "list.txt": listLines.join("\n"), "paper.txt": paperLines.join("\n") });
  const changed = temporaryFolder({
    "list.txt": change(listLines.join("\n")),
    "paper.txt": change(paperLines.join("\n")),
  });
  expect(readSeeds(changed)).toEqual(readSeeds(plain));
});

test("blank lines may be many, and titles and abstracts may be wrapped", () => {
  const text = listLines.join("\n").replaceAll("\n\n", "\n\n\n \n").replace("A Method for", "A Method\nfor");
  const folder = temporaryFolder({ "list.txt": text.replace("testing. It is", "testing. It\nis") });
  const [entry] = readSeeds(folder);
  expect({ ...entry, sources: gadget.sources }).toEqual(gadget);
  expect(entry?.sources[0]?.line).toBe(9);
});

test("a list needs no lines of the site, and a paper no closing words, score, date, authors or licence", () => {
  const bare = paperLines.filter((_, index) => ![2, 4, 7, 8, 18, 19].includes(index)).join("\n");
  const folder = temporaryFolder({ "list.txt": listLines.slice(4).join("\n"), "paper.txt": bare });
  const [list, head] = readDocuments(folder);
  expect(list).toMatchObject({ preamble: [], entries: [{ title: gadget.title }, {}] });
  expect(list).not.toHaveProperty("feedDate");
  const { title, rawTitle, abstract, summary, arxivUrl, arxivId, codeLinks, sources } = paper;
  expect(head?.entries[0]).toEqual({
    title,
    rawTitle,
    abstract,
    summary,
    arxivUrl,
    arxivId,
    codeLinks,
    sources,
  });
  expect(head?.entries).toHaveLength(3);
});

test("a title that documents share is one entry with all sources and the facts of both", () => {
  const list = [
    "a paper  about “PAPERS”!",
    "",
    "The list's own abstract, see https://example.org/list.",
  ].join("\n");
  const folder = temporaryFolder({ "list.txt": list, "paper.txt": paperLines.join("\n") });
  const entries = readSeeds(folder);
  expect(entries).toHaveLength(3);
  expect(entries[0]).toEqual({
    ...paper,
    title: "a paper about “PAPERS”!",
    rawTitle: "a paper  about “PAPERS”!",
    abstract: "The list's own abstract, see https://example.org/list.",
    codeLinks: ["https://example.org/list", "https://example.org/papers"],
    sources: [{ document: "list.txt", line: 1, ordinal: 1 }, ...paper.sources],
  });
});

test("titles that differ in TeX only are one", () => {
  const abstract = "\n\nIt is an abstract of six words.";
  const folder = temporaryFolder({
    "a.txt": `S^{2}FT: Sparse${abstract}`,
    "b.txt": `S²FT – sparse${abstract}`,
  });
  expect(readSeeds(folder).map(({ title, sources }) => [title, sources.length])).toEqual([
    ["S²FT: Sparse", 2],
  ]);
});

test("hidden files are no documents", () => {
  const folder = temporaryFolder({ ".DS_Store": "\u0000", "list.txt": listLines.join("\n") });
  expect(readSeeds(folder)).toHaveLength(2);
});
