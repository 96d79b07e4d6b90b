import type { Verdict } from "#lab/claim";

/** What a verdict is called in the claims table: a sign and words, so that it never hangs on colour alone. */
export const VERDICTS: Record<Verdict, string> = {
  holds: "✓ holds",
  fails: "✗ not reproduced at this scale",
  reported: "– measured, not judged at this size",
};
