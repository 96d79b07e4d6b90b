import { describe, expect, test } from "vitest";
import { sourceHash } from "#ledger/hash";
import { ledgerOf, shownRun } from "#ledger/library";
import { statedOn, unmatched } from "#ledger/stated";
import { readNotebook, notebookSlugs } from "#notebook/source";

describe.each(notebookSlugs())("the ledger of %s", (slug) => {
  const ledger = ledgerOf(slug);

  test("was recorded from the notebook and the lab as they stand", async () => {
    expect(ledger?.source, `the recorded numbers are stale: npm run record -- ${slug}`).toBe(
      await sourceHash(slug),
    );
  });

  test("has a run at full size with every claim judged", () => {
    const run = ledger && shownRun(ledger);
    expect(run?.claims.length).toBeGreaterThan(0);
    for (const { id, measured, verdict } of run?.claims ?? []) {
      expect(Number.isFinite(measured), id).toBe(true);
      expect(["holds", "fails"], id).toContain(verdict);
    }
  });

  test("names cells that the notebook has", () => {
    const code = readNotebook(slug).cells.filter(({ type }) => type === "code");
    for (const { number } of shownRun(ledger!)?.cells ?? []) expect(number).toBeLessThanOrEqual(code.length);
  });

  test("and the page state the same claims and the same mistakes", () => {
    const stated = statedOn(slug);
    expect(unmatched(slug, stated.claims, shownRun(ledger!)?.claims ?? [])).toEqual([]);
    const edits = stated.mistakes.map(({ name: _, why: __, ...edit }) => edit);
    expect(ledger?.mistakes.map(({ broke: _, ...edit }) => edit)).toEqual(edits);
  });

  test("shows every common mistake caught by the claims that it must break", () => {
    expect(ledger?.mistakes.length).toBeGreaterThanOrEqual(2);
    for (const { id, breaks, broke } of ledger?.mistakes ?? []) {
      expect(breaks.length, id).toBeGreaterThan(0);
      expect(broke, id).toEqual(expect.arrayContaining(breaks));
    }
  });
});
