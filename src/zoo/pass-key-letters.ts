import { passKeyTokens } from "#lab/dataset/recall";

/** Tokens of the pass-key stream to look at: keys as A to H, fillers as a to n, the question mark as itself. */
export function passKeyLetters(tokens: Iterable<number>): string {
  const { keys, question } = passKeyTokens;
  return Array.from(tokens, (token) => {
    if (token === question) return "?";
    return String.fromCharCode(token < keys ? "A".charCodeAt(0) + token : "a".charCodeAt(0) + token - keys);
  }).join("");
}
