import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readDocuments, readSeeds } from "#seeds/library";

const list = "000_14853c79d69612f7.txt";
const paper = "001_8dbc3461b7e5fa80.txt";
const entries = readSeeds();
const from = (document: string) => entries.filter(({ sources }) => sources[0]?.document === document);
/** The document's lines as they stand; line n at index n - 1. */
const linesOf = (document: string) => readFileSync(`seeds/${document}`, "utf8").split("\n");
/** Text without what TeX, quotation marks, dashes and spelling of math may change. */
const letters = (text: string) =>
  text
    .normalize("NFKD")
    .replace(/\\(textit|text)\b|sim(?=\d)|(?<=\d)times\b|×|\\?\b(?:i\.?e|e\.?g)\b\.?/g, "")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

test("the two documents hold 79 and 11 papers, 90 in all, each with its own title", () => {
  expect(from(list)).toHaveLength(79);
  expect(from(paper)).toHaveLength(11);
  expect(new Set([...from(list), ...from(paper)].map(({ title }) => title)).size).toBe(90);
});

describe("the list of abstracts", () => {
  // Independent reading: from the date's line on, every fourth line is a title, and the second after it its abstract.
  const lines = linesOf(list);
  const first = lines.indexOf("Mar 13") + 2;
  const pairs = Array.from({ length: 79 }, (_, n) => ({
    line: first + 4 * n + 1,
    title: lines[first + 4 * n]!,
    abstract: lines[first + 4 * n + 2]!,
  }));

  test("the independent reading covers the whole document", () => {
    expect(first + 4 * 79 - 1).toBe(lines.length);
    expect(pairs.at(-1)?.abstract).toMatch(/model-soups\.$/);
  });

  test.each(pairs.map((pair, index) => ({ ...pair, index })))(
    "$index: $title",
    ({ index, line, title, abstract }) => {
      const entry = from(list)[index]!;
      expect(entry.sources).toEqual([{ document: list, line, ordinal: index + 1 }]);
      expect(entry.rawTitle).toBe(title);
      expect(letters(entry.title)).toBe(letters(title));
      expect(letters(entry.abstract!)).toBe(letters(abstract));
      // A text without any trace of TeX stays as it is, to the character.
      if (!/[\\^_$`]|--|(?<=\d)times|sim\d|PETL AST/.test(abstract)) expect(entry.abstract).toBe(abstract);
      if (!/[\\^_$]/.test(title)) expect(entry.title).toBe(title);
    },
  );

  test("its feed's day and the site's lines are kept with the document", () => {
    const document = readDocuments().find((one) => one.document === list);
    expect(document).toMatchObject({ document: list, layout: "abstract list", feedDate: "--03-13" });
    expect(document?.preamble).toEqual(lines.slice(0, first).filter((line) => line !== ""));
  });

  test("addresses in the abstracts are links, without the punctuation that follows them", () => {
    const links = Object.fromEntries(
      from(list).map(({ title, codeLinks }) => [title.split(/[:.]/)[0], codeLinks]),
    );
    expect(links["VanillaNet"]).toEqual([
      "https://github.com/huawei-noah/VanillaNet",
      "https://gitee.com/mindspore/models/tree/master/research/cv/vanillanet",
    ]);
    expect(links["VL-Adapter"]).toEqual(["https://github.com/ylsung/VL_adapter"]);
    expect(links["Regularized Mask Tuning"]).toEqual(["https://wuw2019.github.io/R-AMT/"]);
    expect(links["Get more for less"]).toEqual(["https://anonymous.4open.science/r/DV4LLM-D761/"]);
    expect(links["The Devil in Linear Transformer"]).toEqual(["https://github.com/OpenNLPLab/Transnormer"]);
    expect(links["Parameter-Efficient Transfer Learning of Audio Spectrogram Transformers"]).toEqual([
      "https://github.com/umbertocappellazzo/PETL_AST",
    ]);
    expect(from(list).flatMap(({ codeLinks }) => codeLinks)).toHaveLength(
      linesOf(list).join("\n").split("://").length - 1,
    );
  });
});

describe("the paper and its related papers", () => {
  const [head, ...related] = from(paper);

  test("the paper has every fact of its fields", () => {
    const lines = linesOf(paper);
    expect(head).toEqual({
      title:
        "A Semantic-Aware Layer-Freezing Approach to Computation-Efficient Fine-Tuning of Language Models",
      rawTitle: lines[0],
      abstract: lines[10]!.replace("- Abstract: ", "").replaceAll(/\\textit\{(.*?)\}/g, "$1"),
      summary: [lines[5]!.replace("- Abstract summary: ", ""), lines[6], lines[7]],
      authors: ["Jian Gu", "Aldeida Aleti", "Chunyang Chen", "Hongyu Zhang"],
      arxivUrl: "http://arxiv.org/abs/2406.11753v2",
      arxivId: "2406.11753",
      date: "2025-02-20T07:14:12Z",
      score: 32.178931149612644,
      codeLinks: [],
      sources: [{ document: paper, line: 1, ordinal: 0 }],
    });
  });

  // Read off the document by hand: line of the title, beginning of the title, score, date, sentences.
  test.each([
    [13, "RoSTE: An Efficient Quantization-Aware", 95.32315448601241, "2025-02-13T06:44:33Z", 3],
    [17, "Enhancing Zeroth-order Fine-tuning", 21.18741772731095, "2024-10-10T08:10:53Z", 3],
    [21, "PACE: Marrying generalization", 35.922096876707975, "2024-09-25T17:56:00Z", 3],
    [25, "Low-rank finetuning for LLMs", 54.13240282850982, "2024-05-28T20:43:53Z", 3],
    [29, "Comparative Analysis of Different Efficient", 0.0, "2024-05-21T20:08:52Z", 3],
    [33, "When Scaling Meets LLM Finetuning", 56.571951345048355, "2024-02-27T04:18:49Z", 2],
    [37, "Sparse is Enough in Fine-tuning", 98.46493578509039, "2023-12-19T06:06:30Z", 2],
    [40, "Dynamic Context Pruning", 29.319666323947708, "2023-05-25T07:39:41Z", 3],
    [44, "Scaling Laws Beyond Backpropagation", 64.0476282000118, "2022-10-26T10:09:14Z", 2],
    [47, "Extrapolation for Large-batch Training", 72.61259487233214, "2020-06-10T08:22:41Z", 2],
  ] as const)("line %i: %s", (line, title, score, date, sentences) => {
    const index = related.findIndex((entry) => entry.title.startsWith(title));
    const lines = linesOf(paper);
    const start = line - 1 + (title.startsWith("When Scaling") ? 2 : 1);
    expect(related[index]).toMatchObject({ score, date, codeLinks: [] });
    expect(related[index]?.sources).toEqual([{ document: paper, line, ordinal: index + 1 }]);
    expect(related[index]?.summary).toEqual(
      lines.slice(start, start + sentences).map((sentence) => sentence.replace("$2times$", "2×")),
    );
    expect(lines[start + sentences]).toContain(`(${date})`);
    expect(related[index]).not.toHaveProperty("abstract");
  });

  test("a title over two lines is joined by a space", () => {
    expect(related[5]?.rawTitle).toBe(
      "When Scaling Meets LLM Finetuning: The Effect of Data, Model and Finetuning Method",
    );
  });
});
