/** What a reader has made of a code cell. */
export interface Edit {
  /** The code cell, from 1. */
  number: number;
  /** A mark of the published code that was edited: see `markOf`. */
  of: string;
  source: string;
}

/** A short mark of a text, to tell whether an edit was made of it: FNV-1a, 32 bits, in hexadecimal. */
export function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Edits that still fit the published code cells, and those made of an earlier version of theirs. */
export function sortEdits(
  edits: readonly Edit[],
  published: readonly string[],
): { fitting: Edit[]; outdated: Edit[] } {
  const fits = ({ number, of }: Edit) => {
    const text = published[number - 1];
    return text !== undefined && markOf(text) === of;
  };
  return { fitting: edits.filter(fits), outdated: edits.filter((edit) => !fits(edit)) };
}

/** Whether a value that came from outside is a list of edits. */
export function areEdits(value: unknown): value is Edit[] {
  return (
    Array.isArray(value) &&
    value.every(
      (edit: Partial<Edit> | null) =>
        typeof edit === "object" &&
        edit !== null &&
        Number.isInteger(edit.number) &&
        typeof edit.of === "string" &&
        typeof edit.source === "string",
    )
  );
}
