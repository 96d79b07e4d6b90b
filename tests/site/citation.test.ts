import { expect, test } from "vitest";
import { bibtexText, citePage, citePaper } from "#site/citation";

test("a paper is cited with the fields that are known and no other", () => {
  expect(citePaper({ slug: "s2ft", title: "S²FT: 50% & more" })).toBe(
    "@misc{s2ft,\n  title = {{S\\textsuperscript{2}FT: 50\\% \\& more}},\n}",
  );
  expect(
    citePaper({
      slug: "salf",
      title: "Layers",
      authors: ["Jian Gu", "Aldeida Aleti"],
      year: 2024,
      arxiv: "2406.11753",
      venue: "Findings of ACL 2025",
    }),
  ).toBe(
    [
      "@misc{salf2024,",
      "  title = {{Layers}},",
      "  author = {Jian Gu and Aldeida Aleti},",
      "  year = {2024},",
      "  eprint = {2406.11753},",
      "  archivePrefix = {arXiv},",
      "  url = {https://arxiv.org/abs/2406.11753},",
      "  note = {Findings of ACL 2025},",
      "}",
    ].join("\n"),
  );
});

test("a page is cited with its address only where that is known", () => {
  const page = { slug: "hft", name: "HFT", path: "/t/hft/" };
  expect(citePage(page)).not.toContain("url");
  expect(citePage({ ...page, url: "https://docs.test/t/hft/", checked: "2026-01-02" })).toBe(
    [
      "@misc{benchtop-hft,",
      "  title = {{HFT}},",
      "  howpublished = {Benchtop, \\texttt{/t/hft/}},",
      "  url = {https://docs.test/t/hft/},",
      "  note = {Result recorded on 2026-01-02},",
      "}",
    ].join("\n"),
  );
});

test("math stays math, and TeX's own characters around it are escaped", () => {
  expect(bibtexText("a_b $x_1^2$ {c} #1 ~ 2–3")).toBe("a\\_b $x_1^2$ \\{c\\} \\#1 \\textasciitilde{} 2--3");
});
