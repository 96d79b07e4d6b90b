import type { Claim } from "#lab/claim";
import { ledgerOf, shownRun } from "#ledger/library";

/** How a technique's claims stand, taken together, from the best on. */
export const statuses = [
  "reproduced",
  "partly reproduced",
  "not reproduced at this scale",
  "not yet built",
] as const;
export type Status = (typeof statuses)[number];

/** The status of a technique, computed from its recorded run; "not yet built" when there is none. */
export function statusOf(slug: string): Status {
  const ledger = ledgerOf(slug);
  const run = ledger && shownRun(ledger);
  return run ? statusFrom(run.claims) : "not yet built";
}

/** The status that claims add up to: one that fails is enough to take "reproduced" away. */
export function statusFrom(claims: Pick<Claim, "verdict">[]): Status {
  const { held } = countHeld(claims);
  if (claims.length === 0) return "not yet built";
  if (held === claims.length) return "reproduced";
  return held > 0 ? "partly reproduced" : "not reproduced at this scale";
}

/** How many claims hold, of how many. */
export function countHeld(claims: Pick<Claim, "verdict">[]): { held: number; of: number } {
  return { held: claims.filter(({ verdict }) => verdict === "holds").length, of: claims.length };
}
