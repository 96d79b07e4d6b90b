/**
 * The number of edits (a letter more, fewer or another; two neighbours exchanged) between two words: the distance of
 * Damerau and Levenshtein, in its restricted form.
 */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const exchanged =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, exchanged, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** A technique's names, and where its page is. */
export interface Named {
  name: string;
  href: string;
  known: string[];
}

/** The techniques with a name at most one edit in four letters away from the words, nearest first; five at most. */
export function nearest(words: string, all: Named[]): Named[] {
  const asked = words.trim().toLowerCase();
  const allowed = Math.max(1, Math.floor(asked.length / 4));
  return all
    .map((named) => ({
      named,
      edits: Math.min(...named.known.map((known) => distance(asked, known.toLowerCase()))),
    }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 5)
    .map(({ named }) => named);
}
