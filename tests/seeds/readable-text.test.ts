import { readFileSync } from "node:fs";
import katex from "katex";
import { describe, expect, test } from "vitest";
import { readDocuments } from "#seeds/library";
import { readableText } from "#seeds/readable-text";

test.each([
  // As the documents have it.
  ["S^{2}FT: Efficient", "S²FT: Efficient"],
  [String.raw`attention (S\(^2\)-Attn), effectively`, "attention (S²-Attn), effectively"],
  ["up to $2times$ increase", "up to 2× increase"],
  ["up to 3times and by 1.5-2.7times compared", "up to 3× and by 1.5-2.7× compared"],
  [String.raw`\textit{how to finetune} but \textit{where}`, "how to finetune but where"],
  [String.raw`(\ie shift) and (\eg ImageNet-22k)`, "(i.e. shift) and (e.g. ImageNet-22k)"],
  [String.raw`(up to +2.66\%). 87\%, 131\%`, "(up to +2.66%). 87%, 131%"],
  ["task-specific ``skills,'' but ``query'' tokens", "task-specific “skills,” but “query” tokens"],
  ["(sim0.01% of parameters) a merely sim0.6 point", "(~0.01% of parameters) a merely ~0.6 point"],
  ["weights W^star, and", String.raw`weights $W^\star$, and`],
  ["only W_V and W_Q) and (W_Q, W_V, and W_K)", "only $W_V$ and $W_Q$) and ($W_Q$, $W_V$, and $W_K$)"],
  ["matrices alpha B A / r. Specifically", String.raw`matrices $\alpha B A / r$. Specifically`],
  ["algorithm H_2O to", "algorithm H₂O to"],
  ["architectures -- in principle -- and", "architectures – in principle – and"],
  ["https://github.com/umbertocappellazzo/PETL AST.", "https://github.com/umbertocappellazzo/PETL_AST."],
  // Their like, which another document may have.
  [String.raw`$O(n^2)$ and \(x_i\)`, "$O(n^2)$ and $x_i$"],
  [String.raw`\emph{a \textbf{b} c}`, "a b c"],
  [String.raw`about $\sim$10 and \approx 3 and $10^{-3}$`, "about ~10 and ≈ 3 and 10⁻³"],
  [String.raw`R\&D, G\"odel, Ha\'{e}ck, \etal. and \etc.`, "R&D, Gödel, Haéck, et al. and etc."],
  ["rank-r CO_2 x_train W_Q^T", String.raw`rank-r CO_2 $x_{\text{train}}$ $W_Q^T$`],
  ["a `quoted' word, 10--20", "a ‘quoted’ word, 10–20"],
  ["spaces \t and\n lines ", "spaces and lines"],
])("%s → %s", (raw, readable) => {
  expect(readableText(raw)).toBe(readable);
});

test("a macro of the paper's own takes the spelling of the title, else its own name", () => {
  expect(readableText(String.raw`\hiformer enjoys`, "Hiformer: Heterogeneous Feature")).toBe(
    "Hiformer enjoys",
  );
  expect(readableText(String.raw`\hiformer enjoys`, "Another Title")).toBe("hiformer enjoys");
});

test.each([
  "simple, similar, simultaneously, simply, sim, sometimes, 10 times, timeshare",
  "uses ~10% of (0.5~1.0 vs. 0.2~1.0)",
  "tasks {BoolQ, SST2} and {Mistral-7B, Llama2}",
  "Our code is at https://github.com/ylsung/VL_adapter.",
  "https://example.org/a_b^c~d/$e$/``f''/3times?sim0.5=\\ie#W_V--x and VL_adapter",
  "costs $5 and $6 per run, --flag",
  "the model's output and its layers' inputs",
  "a learning rate alpha A model",
])("stays as it is: %s", (text) => {
  expect(readableText(text)).toBe(text);
});

describe("over both documents", () => {
  const files = ["000_14853c79d69612f7.txt", "001_8dbc3461b7e5fa80.txt"];
  const entries = readDocuments()
    .filter(({ document }) => files.includes(document))
    .flatMap((document) => document.entries);
  const texts = entries.flatMap(({ title, rawTitle, abstract, summary }) =>
    [title, rawTitle, abstract, ...(summary ?? [])].filter((text) => text !== undefined),
  );
  const readable = entries.flatMap(({ title, abstract, summary }) => [
    title,
    abstract ?? "",
    ...(summary ?? []),
  ]);

  test("a second pass changes nothing", () => {
    for (const text of readable) expect(readableText(text)).toBe(text);
  });

  test("no trace of TeX is left outside math and addresses", () => {
    for (const text of readable) {
      const plain = text.replace(/https?:\S+/g, "").replace(/\$[^$]+\$/g, "");
      expect(plain).not.toMatch(/[\\^_$`]|''|\bsim\d|\dtimes/);
    }
  });

  test("all math can be typeset", () => {
    const math = texts
      .flatMap((text) => text.match(/\$[^$]+\$/g) ?? [])
      .filter((part) => part !== "$2times$");
    expect(math).toHaveLength(7);
    for (const part of math)
      expect(() => katex.renderToString(part.slice(1, -1), { throwOnError: true })).not.toThrow();
  });

  test("no word is lost and none is added, but for the ones that the rules translate", () => {
    const words = (text: string) =>
      text
        .normalize("NFKD")
        .toLowerCase()
        .match(/\p{L}+|\p{N}+/gu) ?? [];
    const counts = new Map<string, number>();
    const count = (text: string, step: number) => {
      for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + step);
    };
    for (const file of files) count(readFileSync(`seeds/${file}`, "utf8"), 1);
    for (const text of readable) count(text, -1);
    const documentOnly = `new Get trending papers in your email inbox! Subscribe byAK and the research community Mar 13
      URL http arxiv org abs 2406 11753v2 Date Thu 20 Feb 2025 07 14 12 GMT Title
      A Semantic-Aware Layer-Freezing Approach to Computation-Efficient Fine-Tuning of Language Models
      Authors Jian Gu Aldeida Aleti Chunyang Chen Hongyu Zhang Abstract summary Score 32 178931149612644 License Abstract
      Related papers 95.32315448601241 21.18741772731095 35.922096876707975 54.13240282850982 0.0 56.571951345048355
      98.46493578509039 29.319666323947708 64.0476282000118 72.61259487233214
      ${"arXiv Detail & Related papers ".repeat(10)}
      2025-02-13T06:44:33Z 2024-10-10T08:10:53Z 2024-09-25T17:56:00Z 2024-05-28T20:43:53Z 2024-05-21T20:08:52Z
      2024-02-27T04:18:49Z 2023-12-19T06:06:30Z 2023-05-25T07:39:41Z 2022-10-26T10:09:14Z 2020-06-10T08:22:41Z
      This list is automatically generated from the titles and abstracts of the papers in this site.
      This site does not guarantee the quality of this site (including all information) and is not responsible for any
      consequences.`;
    count(documentOnly, -1);
    const changed = Object.fromEntries([...counts].filter(([, number]) => number !== 0));
    expect(changed).toEqual({ textit: 2, sim: 2, times: 3, ie: 2, eg: 1, i: -2, e: -3, g: -1 });
  });
});
