/**
 * The addresses of the web in `text`, each once, in their order, without the punctuation of the sentence around
 * them: a closing bracket is part of an address only when the address opens it.
 */
export function webLinks(text: string): string[] {
  const addresses = text.match(/https?:\/\/[^\s<>"]+/g) ?? [];
  return [...new Set(addresses.map(withoutPunctuation))];
}

function withoutPunctuation(address: string): string {
  const trimmed = address.replace(/[.,;:!?'’”]+$/, "");
  const opening = { ")": "(", "]": "[", "}": "{" }[trimmed.at(-1) ?? ""];
  if (opening === undefined) return trimmed;
  const closing = trimmed.slice(-1);
  const count = (bracket: string) => trimmed.split(bracket).length;
  return count(closing) > count(opening) ? withoutPunctuation(trimmed.slice(0, -1)) : trimmed;
}

/** The identifier of an arXiv address without its version (`2406.11753`, `cs.CL/0101001`), or undefined. */
export function arxivIdOf(address: string): string | undefined {
  return /^https?:\/\/(?:www\.|export\.)?arxiv\.org\/(?:abs|pdf)\/([\w.-]+\/\d{7}|\d{4}\.\d{4,5})/.exec(
    address,
  )?.[1];
}
