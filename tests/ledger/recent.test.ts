import { expect, test } from "vitest";
import { ledgerOf } from "#ledger/library";
import { isRecent } from "#ledger/recent";

test("a notebook that nothing is recorded of is recent: it is new", () => {
  expect(isRecent([], "2026-01-02")).toBe(true);
});

test("a notebook is recent when any of its runs is from the day of the commit or the one before", () => {
  expect(isRecent(["2025-12-01", "2026-01-01"], "2026-01-02")).toBe(true);
  expect(isRecent(["2026-01-02"], "2026-01-02")).toBe(true);
  expect(isRecent(["2025-12-31"], "2026-01-02")).toBe(false);
});

test("a ledger's runs are dated by day", () => {
  for (const { date } of ledgerOf("curse-of-depth")!.runs) expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
});
