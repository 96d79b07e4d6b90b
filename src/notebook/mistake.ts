import type { Mistake } from "#lab/claim";

/**
 * A notebook's source with one of its common mistakes made.
 * @throws when the text to replace does not occur exactly once: the edit would change nothing, or too much
 */
export function applyMistake(text: string, { id, edit }: Mistake): string {
  const found = text.split(edit.find).length - 1;
  // The list of mistakes quotes the text that it looks for: that occurrence is not code.
  const quoted = text.split(JSON.stringify(edit.find)).length - 1;
  if (found - quoted !== 1) {
    throw new Error(
      `applyMistake: expected "${edit.find}" once in the notebook, found it ${found - quoted} times: mend the edit of mistake "${id}"`,
    );
  }
  return text.replace(edit.find, () => edit.replace);
}
