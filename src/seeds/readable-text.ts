import { rules } from "#seeds/tex-rules";

/**
 * `text` with its TeX left-overs as readable Unicode, or as `$…$` where Unicode cannot say it.
 * `title` is the title of the paper that the text is about: it tells the spelling of the paper's own macros.
 * No word is dropped, and no address of the web changes. A second pass changes nothing.
 */
export function readableText(text: string, title = ""): string {
  // What is finished (addresses, math) is set aside behind private-use characters, out of reach of later rules.
  const finished: string[] = [];
  const setAside = (part: string) => `\uE000${finished.push(part) - 1}\uE001`;

  let readable = text.replace(/\s+/g, " ").trim();
  for (const { find, to } of rules) {
    readable = readable.replace(find, (...match: unknown[]) => {
      const groups = match.slice(0, -2) as (string | undefined)[]; // the last two are the offset and the text
      const { text: result, final } = to(groups, title);
      return final ? setAside(result) : result;
    });
  }
  while (readable.includes("\uE000"))
    readable = readable.replace(/\uE000(\d+)\uE001/g, (_, index: string) => finished[Number(index)] ?? "");
  return readable;
}
