import type { Figure } from "#lab/figure/figure";
import type { Table } from "#lab/figure/table";

/** What a cell shows below its code, in a form that can be recorded and drawn again without running anything. */
export type Displayed =
  { kind: "figure"; figure: Figure } | { kind: "table"; table: Table } | { kind: "text"; text: string };

/** The displayed form of a cell's value; undefined for a value that shows nothing. */
export function displayed(value: unknown): Displayed | undefined {
  if (value === undefined || value === null) return undefined;
  if (hasMark(value, "figure")) return { kind: "figure", figure: value as unknown as Figure };
  if (hasMark(value, "table")) return { kind: "table", table: value as unknown as Table };
  if (typeof value === "object") return { kind: "text", text: JSON.stringify(value, null, 1) };
  return { kind: "text", text: String(value) };
}

function hasMark(value: unknown, mark: string): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[mark] === true;
}
