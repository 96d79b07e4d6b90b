import type { Claim } from "#lab/claim";
import { readableNumber } from "#lab/figure/quantity";
import type { Scale } from "#lab/session";
import { comparison } from "#ledger/agreement";
import { VERDICTS } from "#ledger/verdict";

/** The claims as recorded, by size: what the page carries for the comparison. */
export type RecordedClaims = Partial<Record<Scale, Claim[]>>;

/** Fills a claim's *this device* cell: the number, the verdict, and how far it is from the recorded run of that size. */
export function showClaim(claim: Claim, recorded: Claim | undefined): void {
  const cell = document.querySelector<HTMLElement>(`[data-claim="${CSS.escape(claim.id)}"] [data-here]`);
  if (!cell) return;
  const { measured, unit, verdict } = claim;
  cell.replaceChildren(
    span("claim-value", readableNumber(measured)),
    " ",
    span("claim-unit", unit),
    span(`verdict verdict-${verdict}`, VERDICTS[verdict]),
  );
  const beside = recorded && comparison(recorded, claim);
  if (beside) {
    const sign = beside.agrees ? "✓" : "✗";
    cell.append(span(`claim-apart claim-apart-${beside.agrees ? "near" : "far"}`, `${sign} ${beside.words}`));
  }
  cell.dataset.here = verdict;
  cell.dataset.measured = String(measured);
}

/** Empties every *this device* cell, before a run. */
export function clearClaims(): void {
  for (const cell of document.querySelectorAll<HTMLElement>("[data-here]")) {
    cell.replaceChildren(span("claim-idle", "…"));
    cell.dataset.here = "";
    delete cell.dataset.measured;
  }
}

function span(className: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
