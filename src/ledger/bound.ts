import type { Bound } from "#lab/claim";

/** A claim's bound in words and signs: "≤ 1e-5", "≥ 1.6", "= 0", "between 1 and 2". */
export function boundText(bound: Bound): string {
  if ("atMost" in bound) return `≤ ${number(bound.atMost)}`;
  if ("atLeast" in bound) return `≥ ${number(bound.atLeast)}`;
  if ("exactly" in bound) return `= ${number(bound.exactly)}`;
  return `between ${number(bound.between[0])} and ${number(bound.between[1])}`;
}

/** A number to four significant digits, small ones with an exponent; counts in full. */
export function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", "−");
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(3) : value.toPrecision(4);
  // "1.400e-6" and "0.2000" say no more than "1.4e-6" and "0.2".
  return text.replace(/\.?0+(?=e|$)/, "").replace(/^-/, "−");
}
