import type { Scale } from "#lab/session";

/** A way to get the method wrong: an edit of the notebook's source, and the claims that it must turn red. */
export interface Mistake {
  id: string;
  name: string;
  /** Exact source text that occurs once. */
  find: string;
  /** What stands in its place. */
  replace: string;
  /** Ids of claims that fail once the edit is made. */
  breaks: string[];
  /** Why the edit is wrong. */
  why: string;
  /** The scale at which the claims break; "quick" (the default) means at every scale. */
  scale?: Scale;
}

/**
 * A notebook's source with one of its common mistakes made.
 * @throws when the text to replace does not occur exactly once: the edit would change nothing, or too much
 */
export function applyMistake(
  text: string,
  { id, find, replace }: Pick<Mistake, "id" | "find" | "replace">,
): string {
  const found = text.split(find).length - 1;
  if (found !== 1) {
    throw new Error(
      `applyMistake: expected "${find}" once in the notebook, found it ${found} times: mend the edit of mistake "${id}"`,
    );
  }
  return text.replace(find, () => replace);
}
