import type { FrameCell } from "#notebook/message";
import { applyMistake, type Mistake } from "#notebook/mistake";
import { type Edit, markOf, sortEdits } from "#panel/edits";
import { keepEdits, keptEdits } from "#panel/kept";

/** Between the parts that are joined for a mistake's edit: no code holds it. */
const SEAM = "\n\u0000\n";

/** A notebook's code as the reader has it: as published, with edits of theirs in place, or with a mistake made. */
export class ReaderCode {
  /** The code cells as published. */
  readonly published: readonly string[];
  /** Kept edits of an earlier version of the page, which no longer fit. */
  readonly outdated: readonly Edit[];
  /** A mistake made on purpose; the reader's own edits wait until it is undone. */
  mistake: Mistake | undefined;
  readonly #slug: string;
  readonly #cells: readonly FrameCell[];
  #edits: Map<number, string>;
  #discarded: Edit[] = [];

  constructor(slug: string, cells: readonly FrameCell[]) {
    this.#slug = slug;
    this.#cells = cells;
    this.published = cells.flatMap(({ type, content }) => (type === "code" ? content : []));
    const { fitting, outdated } = sortEdits(keptEdits(slug), this.published);
    this.#edits = new Map(fitting.map(({ number, source }) => [number, source]));
    this.outdated = outdated;
  }

  /** The reader's edits, by cell. */
  get edits(): Edit[] {
    return [...this.#edits]
      .sort(([a], [b]) => a - b)
      .map(([number, source]) => ({ number, of: markOf(this.published[number - 1] ?? ""), source }));
  }

  /** Takes in what a cell now says; returns a notice when it cannot be kept. */
  edit(number: number, source: string): string | undefined {
    if (this.mistake) return undefined;
    if (source === this.published[number - 1]) this.#edits.delete(number);
    else this.#edits.set(number, source);
    return this.keep();
  }

  /** Puts these edits in the place of the reader's own, which `swapBack` brings back; returns a notice as `edit`. */
  replace(edits: readonly Edit[]): string | undefined {
    this.#discarded = this.edits;
    this.#edits = new Map(edits.map(({ number, source }) => [number, source]));
    return this.keep();
  }

  /** Brings back what the last `replace` took away. */
  swapBack(): string | undefined {
    return this.replace(this.#discarded);
  }

  /** Keeps the edits as they are; returns a notice when the browser refuses. */
  keep(): string | undefined {
    return keepEdits(this.#slug, this.edits);
  }

  /** The code cells that are not as published. */
  changed(): { before: string; after: string }[] {
    return this.#sources()
      .map((after, i) => ({ before: this.published[i]!, after }))
      .filter(({ before, after }) => before !== after);
  }

  #sources(): string[] {
    return this.mistake
      ? applyMistake(this.published.join(SEAM), this.mistake).split(SEAM)
      : this.published.map((source, i) => this.#edits.get(i + 1) ?? source);
  }

  /** The cells to open in the frame. */
  cells(): FrameCell[] {
    const code = this.#sources();
    return this.#cells.map((cell) => (cell.type === "code" ? { ...cell, content: code.shift()! } : cell));
  }
}
