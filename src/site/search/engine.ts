import { href } from "#site/link";
import { askedWords, bare, corrected } from "#site/search/asked";
import { rank } from "#site/search/rank";

/** A part of a page that matches. */
export interface Section {
  title: string;
  url: string;
  /** HTML: escaped text with `<mark>`. */
  excerpt: string;
}

/** A page that matches, with the sections that do. */
export interface Result {
  url: string;
  name: string;
  title: string;
  /** A technique's family; for a page that is none, what it is. */
  family: string;
  status?: string;
  /** HTML: escaped text with `<mark>`. */
  excerpt: string;
  sections: Section[];
}

/** What is asked: words, and for each filter the values of which a page must have one. */
export interface Query {
  words: string;
  filters: Record<string, string[]>;
}

/**
 * The number of pages that match and the first of them; `without` is the number when filters are ignored, `corrected` what
 * was searched where a word that no page has was taken for a known one.
 */
export interface Answer {
  count: number;
  without: number;
  corrected?: string;
  results: Result[];
}

export interface PagefindData {
  url: string;
  excerpt: string;
  meta: Record<string, string>;
  sub_results: { title: string; url: string; excerpt: string; anchor?: { id: string } }[];
}

/** A page that has a word, and how well that fits. */
export interface Hit {
  id: string;
  score: number;
  data(): Promise<PagefindData>;
}

interface Pagefind {
  options(options: object): Promise<void>;
  init(): Promise<void>;
  search(words: string | null, options: object): Promise<{ results: Hit[]; unfilteredResultCount: number }>;
}

/** Names beat titles beat keywords, and all beat running text: who types an acronym wants its page first. */
const ranking = {
  metaWeights: { name: 12, aliases: 12, arxiv: 20, title: 6, keywords: 3, family: 1, status: 0 },
  pageLength: 0.4,
  termSimilarity: 2,
};

let loading: Promise<Pagefind> | undefined;

function load(): Promise<Pagefind> {
  loading ??= (async () => {
    const pagefind = (await import(/* @vite-ignore */ href("/pagefind/pagefind.js"))) as Pagefind;
    await pagefind.options({ baseUrl: href("/"), excerptLength: 24, ranking });
    await pagefind.init();
    return pagefind;
  })();
  // A lost connection must not last: the next search tries again.
  loading.catch(() => (loading = undefined));
  return loading;
}

/** Loads the index ahead of the first search. */
export async function warmUp(): Promise<void> {
  await load();
}

/** The pages that match, best first, at most `limit` of them; with no words, all pages that pass the filters, by name. */
export async function search({ words, filters }: Query, limit: number): Promise<Answer> {
  const pagefind = await load();
  const chosen = Object.entries(filters).filter(([, values]) => values.length > 0);
  const options = { filters: Object.fromEntries(chosen.map(([name, values]) => [name, { any: values }])) };
  if (words.trim() === "") {
    const { results } = await pagefind.search(null, { ...options, sort: { name: "asc" } });
    const data = await Promise.all(results.slice(0, limit).map((result) => result.data()));
    return { count: results.length, without: results.length, results: data.map(toResult) };
  }
  let without = 0;
  const ask = async (asked: string): Promise<Hit[]> => {
    const answer = await pagefind.search(asked, options);
    without = Math.max(without, answer.unfilteredResultCount);
    return answer.results;
  };
  const asked = await corrected(askedWords(words), ask);
  if (asked.length === 0) return { count: 0, without: 0, results: [] };
  const ranked = await rank(asked, ask);
  const data = await Promise.all(ranked.slice(0, Math.max(limit, leaders)).map((hit) => hit.data()));
  const said = asked.join(" ");
  return {
    count: ranked.length,
    without,
    ...(!askedWords(words).every((word) => asked.includes(word)) && { corrected: said }),
    results: namesakesFirst([words, said], data).slice(0, limit).map(toResult),
  };
}

/** Pages among which one that bears the very name is looked for. */
const leaders = 20;

/** Weights alone cannot tell "POINTS" from the "point" in another's name: a page that bears the very name leads. */
function namesakesFirst(asked: string[], pages: PagefindData[]): PagefindData[] {
  const wanted = asked.map(bare);
  const bears = ({ meta }: PagefindData) =>
    [meta.name, meta.arxiv, ...(meta.aliases ?? "").split(", ")].some(
      (name) => name && wanted.includes(bare(name)),
    );
  return [...pages.filter(bears), ...pages.filter((page) => !bears(page))];
}

function toResult({ url, excerpt, meta, sub_results }: PagefindData): Result {
  return {
    url,
    name: meta.name ?? meta.title ?? url,
    title: meta.title ?? "",
    family: meta.family ?? kindOf(url),
    ...(meta.status && { status: meta.status }),
    excerpt,
    // The first is often the page itself, above its first heading.
    sections: sub_results.filter(({ anchor }) => anchor && !/^(top|main)$/.test(anchor.id)),
  };
}

/** What a page without a family is, by where it lies. */
function kindOf(url: string): string {
  const [, folder = ""] = /\/(families|data|guides)\/[^/]*\/$/.exec(url) ?? [];
  return { families: "family", data: "dataset", guides: "guide" }[folder] ?? "page";
}
