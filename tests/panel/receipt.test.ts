import { expect, test } from "vitest";
import { type Receipt, receiptMarkdown } from "#panel/receipt";

const receipt: Receipt = {
  technique: "T",
  page: "http://h/t/t/",
  date: "2026-01-02T03:04:05.000Z",
  device: "webgpu",
  adapter: "a card",
  browser: "b",
  scale: "full",
  versions: { node: "24", core: "4" },
  source: "abc",
  edited: [],
  controls: {},
  claims: [
    {
      id: "a-b",
      says: "A | B.",
      bound: { atMost: 1e-5 },
      measured: 1.2e-6,
      unit: "",
      verdict: "holds",
      recorded: 1e-6,
    },
    { id: "c", says: "C.", bound: { exactly: 0 }, measured: 2, unit: "bytes", verdict: "fails" },
  ],
};

test("a receipt reads as Markdown, a row for each claim", () => {
  const lines = receiptMarkdown(receipt).split("\n");
  expect(lines[0]).toBe("### T, run on webgpu");
  expect(lines).toContain("- code: as published");
  expect(lines).toContain("- versions: node 24, core 4");
  expect(lines.slice(-3)).toEqual([
    "| [A \\| B.](http://h/t/t/#claim-a-b) | ≤ 1e-5 | 1e-6 | 1.2e-6 |  | ✓ holds |",
    "| [C.](http://h/t/t/#claim-c) | = 0 |  | 2 | bytes | ✗ not reproduced at this scale |",
    "",
  ]);
});

test("what was changed is told", () => {
  const changed = { ...receipt, edited: [2, 5], mistake: "m", controls: { rank: 3 } };
  expect(receiptMarkdown(changed)).toContain(
    "- code: edited cells: 2, 5; mistake made on purpose: m; rank = 3\n",
  );
});
