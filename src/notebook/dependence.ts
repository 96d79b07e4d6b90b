/** What a cell shares with others: the names that it declares, and those that it uses. */
export interface CellNames {
  number: number;
  declares: readonly string[];
  uses: readonly string[];
}

/**
 * The numbers of the cells that must run again after one was changed: itself, and every later one that uses a name
 * declared by a cell that runs again.
 */
export function dependents(cells: readonly CellNames[], changed: number): number[] {
  const names = new Set<string>();
  const again: number[] = [];
  for (const { number, declares, uses } of cells) {
    if (number !== changed && !(number > changed && uses.some((name) => names.has(name)))) continue;
    again.push(number);
    for (const name of declares) names.add(name);
  }
  return again;
}

/** The number of the cell that declares a name; undefined when none does. */
export function declaringCell(cells: readonly CellNames[], name: string): number | undefined {
  return cells.find(({ declares }) => declares.includes(name))?.number;
}
