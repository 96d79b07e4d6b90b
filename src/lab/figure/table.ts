/** Rows of numbers and words, displayed as a table. */
export interface Table {
  readonly table: true;
  /** What the table is about. */
  title: string;
  columns: string[];
  rows: (string | number)[][];
}

/**
 * A table to display.
 * @throws when a row has not one cell per column
 */
export function table(title: string, columns: string[], rows: (string | number)[][]): Table {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new Error(`table: expected ${columns.length} cells in each row of "${title}", got ${row.length}`);
    }
  }
  return { table: true, title, columns, rows };
}

/** Whether a value is a table. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && "table" in value && value.table === true;
}
