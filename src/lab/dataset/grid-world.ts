import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** The room of the cognitive-map card: 4 rows of 5 cells, 5 symbols, of which 0 stands at 8 cells. */
export const room = ["40010", "44200", "12321", "03300"] as const;

/** Up, down, left, right: the action's index. */
export const moves = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

export interface Walks {
  /** The symbol seen at each step. */
  observations: Int32Array; // [count, steps]
  /** The move made after each step, an index in `moves`. */
  actions: Int32Array; // [count, steps]
  /** Where the walker truly is: row * columns + column. */
  cells: Int32Array; // [count, steps]
}

/** The cell that a move leads to, or undefined at a wall. */
export function cellAfter(
  cell: number,
  action: number,
  layout: readonly string[] = room,
): number | undefined {
  const columns = layout[0]!.length;
  const [down, right] = moves[action] ?? [NaN, NaN];
  const [row, column] = [Math.floor(cell / columns) + down, (cell % columns) + right];
  return row >= 0 && row < layout.length && column >= 0 && column < columns
    ? row * columns + column
    : undefined;
}

/**
 * Random walks in an aliased room: many cells show the same symbol, so a cell is known by its history alone. A walk begins
 * anywhere; each move is drawn from those that no wall forbids.
 * @throws when the layout's rows differ in length or hold something other than a digit
 */
export function walks(
  random: Random,
  count: number,
  { steps = 30, layout = room as readonly string[] } = {},
): Walks {
  const columns = layout[0]?.length ?? 0;
  if (layout.length * columns < 2 || layout.some((row) => row.length !== columns || !/^\d+$/.test(row)))
    throw new Error(`walks: expected rows of equally many digits, got ${JSON.stringify(layout)}`);
  const symbols = Array.from(layout.join(""), Number);
  const [observations, actions, cells] = [0, 0, 0].map(() => new Int32Array(count * steps)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let walk = 0; walk < count; walk++) {
    let cell = random.integer(symbols.length);
    for (let at = walk * steps; at < (walk + 1) * steps; at++) {
      const legal = [0, 1, 2, 3].filter((action) => cellAfter(cell, action, layout) !== undefined);
      const action = legal[random.integer(legal.length)]!;
      observations[at] = symbols[cell]!;
      cells[at] = cell;
      actions[at] = action;
      cell = cellAfter(cell, action, layout)!;
    }
  }
  return { observations, actions, cells };
}

export const about: About = {
  title: "Aliased grid worlds",
  description:
    "Random walks in a room where many cells look alike, so that only the way there tells where one is.",
  size: "Any number of walks, from a seed; 20 cells, 5 symbols, 4 moves unless another room is given.",
  use: 'import { walks } from "#lab/dataset/grid-world";\nimport { random } from "#lab/random";\n\nconst { observations, actions, cells } = walks(random(0), 2000, { steps: 30 });',
  samples() {
    const { observations, actions } = walks(random(0), 4, { steps: 20 });
    const lines = Array.from({ length: 4 }, (_, walk) =>
      Array.from(
        { length: 20 },
        (_, t) => `${observations[walk * 20 + t]}${"↑↓←→"[actions[walk * 20 + t]!]}`,
      ).join(" "),
    );
    return [
      { kind: "text", title: "The room", lines: room.map((row) => Array.from(row).join(" ")) },
      { kind: "text", title: "Walks: the symbol seen, then the move", lines },
    ];
  },
};
