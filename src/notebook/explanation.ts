import type { DeviceError, DeviceFault } from "#lab/device-error";
import { declaringCell, type CellNames } from "#notebook/dependence";
import { CellRunError } from "#notebook/run";

/** A failed cell, told to a reader: what it means first, where it happened after. */
export interface Explanation {
  /** What happened, in plain words, and what to do. */
  words: string;
  /** The error's own message, with the cell and the line that it came from. */
  message: string;
  /** From the innermost call outwards. */
  trace: Place[];
  /** What the device did, where it is to blame. */
  fault?: DeviceFault;
}

/** A place in the notebook's source. */
export interface Place {
  cell: number;
  /** 1-based, within the cell. */
  line: number;
  /** The function that was running; empty at a cell's top level. */
  within: string;
}

/** How the devices, each in its own words, say that they have no room. */
const NO_ROOM =
  /no memory left|out of memory|OOM|allocation failed|Invalid typed array length|memory access out of bounds/i;

/** What is known of errors, by their message. The first that fits explains it. */
const KNOWN: [pattern: RegExp, words: string][] = [
  [
    /startDevice: expected one of/,
    "The chosen device does not work here. Choose “best available”, or another one.",
  ],
  [
    /the device was lost/,
    "The graphics device went away. Nothing of yours is lost: run again, on the same device or on another one.",
  ],
  [
    NO_ROOM,
    "The device ran out of memory. Make the sizes smaller, choose the quick size, or run on another device.",
  ],
  [/refused a batch/, "The device refused to compute this. Run again on another device."],
  [
    /Failed to fetch|NetworkError|Load failed|dynamically imported module/,
    "A file could not be fetched. Check the connection, then run again.",
  ],
  [/expected a finite loss/, "The training diverged. Lower the learning rate."],
  [/shape|rank|dimension|must match/i, "Shapes do not fit together. The message names what was expected."],
  [/is not a function/, "Something is called that is no function."],
  [/of (undefined|null)|(undefined|null) \(reading/, "Something is read of a value that is not there."],
];

/** An explanation of what made a cell fail. */
export function explain(error: CellRunError, slug: string, cells: readonly CellNames[]): Explanation {
  const { cause, message } = error;
  const fault =
    cause instanceof Error && cause.name === "DeviceError"
      ? (cause as DeviceError).fault
      : NO_ROOM.test(message)
        ? "full"
        : undefined;
  return { words: wordsFor(error, cells), message, trace: traceOf(cause, slug), ...(fault && { fault }) };
}

function wordsFor({ cell, cause, message }: CellRunError, cells: readonly CellNames[]): string {
  const missing = /(\S+) is not defined/.exec(message)?.[1];
  const declared = missing && declaringCell(cells, missing);
  if (declared && declared > cell) return `\`${missing}\` is declared in cell ${declared}, further down.`;
  if (declared) {
    return `\`${missing}\` is declared in cell ${declared}, which has not run: press “Run to here” on this cell.`;
  }
  if (missing) {
    return `\`${missing}\` is neither declared in this notebook nor imported. Is it spelt as where it is declared?`;
  }
  if (cause instanceof Error && cause.name === "CompileError")
    return "This is not yet TypeScript that can run.";
  return KNOWN.find(([pattern]) => pattern.test(message))?.[1] ?? "The cell stopped at an error.";
}

/** The frames of an error's stack that lie in the notebook; both `at f (n/cell-1.ts:2:3)` and `f@n/cell-1.ts:2:3`. */
function traceOf(error: unknown, slug: string): Place[] {
  if (!(error instanceof Error) || !error.stack) return [];
  const frame = new RegExp(`^\\s*(?:at )?(?:async )?([^\\s@(]*).*?${slug}/cell-(\\d+)\\.ts:(\\d+)`);
  const places = error.stack.split("\n").flatMap((text) => {
    const [, within = "", cell, line] = frame.exec(text) ?? [];
    // "Object.f": a function of the notebook's scope. "async*f": Firefox's mark.
    const name = within.replace(/^async\*|^Object\./g, "");
    const known = /^[\w$]+$/.test(name) && !/^(eval|anonymous)$/.test(name);
    return cell ? [{ cell: Number(cell), line: Number(line), within: known ? name : "" }] : [];
  });
  // The function that a cell is wrapped in is a frame too, after the cell's own.
  return places.filter(
    ({ within, cell }, i) => within || places[i - 1]?.within !== "" || places[i - 1]?.cell !== cell,
  );
}
