import { compile, CompileError } from "#notebook/compiled";

/** The declarations of the cells run so far, by name; a cell sees them as its own. */
export type Scope = Record<string, unknown>;

/** A scope with nothing in it, not even what objects inherit: a cell may declare `toString`. */
export function emptyScope(): Scope {
  return Object.create(null) as Scope;
}

/** What a cell may import: a module by the specifier that the notebook writes. */
export type Load = (specifier: string) => Promise<object>;

/** What a cell's `await` waits for: the value itself, or a promise that a host may end before the value is there. */
export type Hold = <T>(value: T) => T | Promise<Awaited<T>>;

/** A failed cell, told with the place in the notebook's source. */
export class CellRunError extends Error {
  override name = "CellRunError";
  /** Number of the code cell. */
  cell: number;
  /** 1-based line within the cell, when it is known. */
  line: number | undefined;
  constructor(cell: number, line: number | undefined, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`cell ${cell}${line ? `, line ${line}` : ""}: ${reason.replace(/^CompileError: /, "")}`, { cause });
    this.cell = cell;
    this.line = line;
  }
}

/** The name of a cell in stack traces. */
export function cellLabel(slug: string, number: number): string {
  return `${slug}/cell-${number}.ts`;
}

/**
 * The value of a code cell's last statement, when that is an expression. The cell is run in a scope that it adds its
 * declarations to; running it again replaces what it declared.
 * @throws CellRunError with the cell and the line, whatever the cell threw
 */
export async function runCell(
  cell: { number: number; source: string },
  { slug, scope, load, hold = (value) => value }: { slug: string; scope: Scope; load: Load; hold?: Hold },
): Promise<unknown> {
  const label = cellLabel(slug, cell.number);
  try {
    const { code } = compile(cell.source, label);
    const share = (declared: PropertyDescriptorMap) => {
      for (const [name, property] of Object.entries(declared)) {
        Object.defineProperty(scope, name, { ...property, configurable: true, enumerable: true });
      }
    };
    // Indirect evaluation: global and sloppy, so that the `with` around the (strict) cell is allowed.
    const run = (0, eval)(code) as (scope: Scope, share: unknown, load: Load, hold: Hold) => Promise<unknown>;
    return await run(scope, share, load, hold);
  } catch (error) {
    if (error instanceof CompileError) throw new CellRunError(cell.number, error.line, error);
    throw new CellRunError(cell.number, lineOf(error, label), error);
  }
}

/** The line of the cell in which an error arose: the topmost frame of its stack that lies in the cell. */
function lineOf(error: unknown, label: string): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const at = stack.indexOf(`${label}:`);
  return at < 0 ? undefined : Number.parseInt(stack.slice(at + label.length + 1), 10);
}
