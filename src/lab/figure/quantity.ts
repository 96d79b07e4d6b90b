/** A number with its unit, to display. */
export interface Quantity {
  readonly quantity: true;
  value: number;
  /** Such as "nats per character"; empty for a pure number. */
  unit: string;
}

/** A number to display with its unit. */
export function quantity(value: number, unit: string): Quantity {
  return { quantity: true, value, unit };
}

/** A number to four significant digits, small ones with an exponent; counts in full. */
export function readableNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", "−");
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(3) : value.toPrecision(4);
  // "1.400e-6" and "0.2000" say no more than "1.4e-6" and "0.2".
  return text.replace(/\.?0+(?=e|$)/, "").replace(/^-/, "−");
}
