import type { Bound } from "#lab/claim";

/** A claim's bound in words and signs: "≤ 1e-5", "≥ 1.6", "= 0", "between 1 and 2". */
export function boundText(bound: Bound): string {
  if ("atMost" in bound) return `≤ ${number(bound.atMost)}`;
  if ("atLeast" in bound) return `≥ ${number(bound.atLeast)}`;
  if ("exactly" in bound) return `= ${number(bound.exactly)}`;
  return `between ${number(bound.between[0])} and ${number(bound.between[1])}`;
}

/** A measured number to three significant digits; counts in full. */
export function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en");
  const text = value.toPrecision(3);
  return text.includes("e") ? text : String(Number(text));
}
