import type { Claim } from "#lab/claim";
import type { Control } from "#lab/control";
import type { Scale } from "#lab/session";
import type { Mistake } from "#notebook/mistake";

/** What a page knows of its notebook before anything runs; carried in the page as JSON. */
export interface NotebookFacts {
  slug: string;
  technique: string;
  /** SHA-256 of the notebook and of the lab that it imports. */
  source: string;
  /** Versions of what computes, by package. */
  versions: Record<string, string>;
  /** What the recorded runs measured, by size. */
  recorded: Partial<Record<Scale, Claim[]>>;
  /** The sentence of each claim, by its id. */
  says: Record<string, string>;
  mistakes: Mistake[];
  controls: Control[];
  /** What a run downloads, in bytes before they are compressed for the way. */
  bytes: number;
}

/** The facts of a panel's notebook. */
export function factsOf(root: ParentNode): NotebookFacts {
  const text = root.querySelector("[data-facts]")?.textContent;
  if (!text) throw new Error("factsOf: expected a panel with its notebook's facts, found none");
  return JSON.parse(text) as NotebookFacts;
}
