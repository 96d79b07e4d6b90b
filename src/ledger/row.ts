import type { Claim } from "#lab/claim";
import { number } from "#ledger/bound";

/** What a verdict is called in the claims table. */
export const VERDICTS: Record<Claim["verdict"], string> = {
  holds: "✓ holds",
  fails: "✗ does not hold",
  reported: "measured, not judged at this size",
};

/** Fills a claim's *this device* cell. */
export function showClaim(claim: Claim): void {
  const cell = document.querySelector<HTMLElement>(`[data-claim="${CSS.escape(claim.id)}"] [data-here]`);
  if (!cell) return;
  const value = document.createElement("span");
  value.className = "claim-value";
  value.textContent = [number(claim.measured), claim.unit].join(" ").trim();
  const verdict = document.createElement("span");
  verdict.className = `verdict verdict-${claim.verdict}`;
  verdict.textContent = VERDICTS[claim.verdict];
  cell.replaceChildren(value, " ", verdict);
  cell.dataset.here = claim.verdict;
}

/** Empties every *this device* cell, before a run. */
export function clearClaims(): void {
  for (const cell of document.querySelectorAll<HTMLElement>("[data-here]")) {
    cell.textContent = "…";
    cell.dataset.here = "";
  }
}
