/** The number of single-letter edits (insert, delete, replace) between two words: Levenshtein's distance. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
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
