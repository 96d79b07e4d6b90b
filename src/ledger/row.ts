import type { Claim } from "#lab/claim";
import { number } from "#ledger/bound";
import { VERDICTS } from "#ledger/verdict";

/** Fills a claim's *this device* cell. */
export function showClaim({ id, measured, unit, verdict }: Claim): void {
  const cell = document.querySelector<HTMLElement>(`[data-claim="${CSS.escape(id)}"] [data-here]`);
  if (!cell) return;
  cell.replaceChildren(
    span("claim-value", number(measured)),
    " ",
    span("claim-unit", unit),
    span(`verdict verdict-${verdict}`, VERDICTS[verdict]),
  );
  cell.dataset.here = verdict;
  cell.dataset.measured = String(measured);
}

/** Empties every *this device* cell, before a run. */
export function clearClaims(): void {
  for (const cell of document.querySelectorAll<HTMLElement>("[data-here]")) {
    cell.replaceChildren(span("claim-idle", "…"));
    cell.dataset.here = "";
  }
}

function span(className: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
