/** "1 cell", "2 cells". */
export function cellsText(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

/** Claims by their ids, as words: “a”, “a” and “b”, “a”, “b” and “c”. */
export function claimsText(ids: readonly string[]): string {
  const names = ids.map((id) => `“${id.replaceAll("-", " ")}”`);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
