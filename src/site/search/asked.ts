import { href } from "#site/link";
import type { Hit, PagefindData } from "#site/search/engine";
import { distance } from "#site/search/nearest";

/** Words of a question that say nothing of its subject. */
const empty = new Set(
  (
    "a after an and are as at be before by can could do does for from get have how i if in instead into is it its keep make " +
    "me move my no not of off on onto or our over s should so than that the their them then there this to under up use " +
    "used using want was we what when where which while who why will with without you your"
  ).split(" "),
);

/** A word's letters and digits in lower case, raised figures plain: S²FT and s^2ft are s2ft; plus signs belong to it. */
export function bare(word: string): string {
  return (
    word
      .normalize("NFKD")
      .toLowerCase()
      .match(/[\p{L}\p{N}+]/gu) ?? []
  ).join("");
}

/** A text's words as `bare` has them, those with a hyphen also part by part. */
export function wordsOf(text: string): string[] {
  const words = text.split(/\s+/).flatMap((word) => [word, ...(word.includes("-") ? word.split("-") : [])]);
  return words.map(bare).filter((word) => word !== "");
}

/** What to look for: an arXiv identifier alone, where there is one; else the words, those that say something if any do. */
export function askedWords(text: string): string[] {
  const [identifier] = /\d{4}\.\d{4,5}/.exec(text) ?? [];
  if (identifier) return [identifier];
  const words = [
    ...new Set(
      text
        .trim()
        .toLowerCase()
        .split(/[\s,;?!]+/),
    ),
  ].filter((word) => bare(word) !== "");
  const telling = words.filter((word) => !empty.has(bare(word)));
  return telling.length > 0 ? telling : words;
}

/** The words, a word that no page has replaced by the nearest known one, or left out where none is near. */
export async function corrected(words: string[], ask: (words: string) => Promise<Hit[]>): Promise<string[]> {
  const found = await Promise.all(
    words.map(async (word) => {
      const [best] = await ask(word);
      if (best && (!/\p{L}/u.test(word) || resembles(bare(word), await best.data()))) return word;
      return nearestWord(bare(word), await known());
    }),
  );
  return [...new Set(found.filter((word) => word !== undefined))];
}

/** For a word that no page has, Pagefind answers with pages that share its first letters: that is no answer. */
function resembles(word: string, { excerpt, meta, sub_results }: PagefindData): boolean {
  const excerpts = [excerpt, ...sub_results.map((section) => section.excerpt)].join(" ");
  const marked = (excerpts.match(/<mark>.*?<\/mark>/g) ?? []).map((mark) => mark.replace(/<.*?>/g, ""));
  const stem = word.slice(0, Math.max(3, Math.ceil(0.7 * word.length)));
  return wordsOf([...marked, ...Object.values(meta)].join(" ")).some((other) => other.startsWith(stem));
}

let loading: Promise<string[]> | undefined;

/** Words of names, titles, summaries and keywords, the most frequent first. */
function known(): Promise<string[]> {
  loading ??= fetch(href("/search-words.json")).then((response) => response.json() as Promise<string[]>);
  loading.catch(() => (loading = undefined));
  return loading;
}

/** The nearest of these words: one edit away, two for long words; undefined when none is. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length < 4) return undefined;
  const allowed = word.length >= 8 ? 2 : 1;
  let best: { word: string; edits: number } | undefined;
  for (const other of known) {
    if (Math.abs(other.length - word.length) > allowed) continue;
    const edits = distance(word, other);
    if (edits <= allowed && edits < (best?.edits ?? Infinity)) best = { word: other, edits };
  }
  return best?.word;
}

/** Words of one meaning, as engineers use them; the papers' own words are in their pages' keywords. */
const meanings = [
  ["delete", "remove", "drop", "prune", "cut"],
  ["choose", "select", "selection", "pick"],
  ["erase", "forget", "forgetting", "lose"],
  ["fast", "faster", "speed", "latency", "accelerate", "quick"],
  ["grow", "growth", "expand", "extend"],
  ["retain", "preserve"],
  ["convnet", "convolution", "cnn"],
  ["small", "smaller", "compress", "compression", "shrink"],
  ["merge", "fuse", "fusion", "combine"],
  ["zeroth-order", "gradient-free"],
];

/** Other words for this one. */
export function synonyms(word: string): string[] {
  return meanings
    .filter((same) => same.includes(word))
    .flatMap((same) => same.filter((other) => other !== word));
}
