import { areEdits, type Edit } from "#panel/edits";

/** What keeps edits from being kept, for the reader. */
const LOST =
  "This browser keeps nothing for this page (its storage is off or full): your edits last until you leave. Copy a link to them to keep them.";

function key(slug: string): string {
  return `benchtop:edits:${slug}`;
}

/** The edits kept for a page; none where the browser keeps nothing, or something else than edits. */
export function keptEdits(slug: string): Edit[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key(slug)) ?? "[]");
    return areEdits(value) ? value : [];
  } catch {
    return [];
  }
}

/** Keeps a page's edits; returns a notice for the reader when the browser refuses. */
export function keepEdits(slug: string, edits: readonly Edit[]): string | undefined {
  try {
    if (edits.length === 0) localStorage.removeItem(key(slug));
    else localStorage.setItem(key(slug), JSON.stringify(edits));
    return undefined;
  } catch {
    return LOST;
  }
}
