import type { Bound } from "#lab/claim";
import { readableNumber as number } from "#lab/figure/quantity";

/** A claim's bound in words and signs: "≤ 1e-5", "≥ 1.6", "= 0", "between 1 and 2". */
export function boundText(bound: Bound): string {
  if ("atMost" in bound) return `≤ ${number(bound.atMost)}`;
  if ("atLeast" in bound) return `≥ ${number(bound.atLeast)}`;
  if ("exactly" in bound) return `= ${number(bound.exactly)}`;
  return `between ${number(bound.between[0])} and ${number(bound.between[1])}`;
}
