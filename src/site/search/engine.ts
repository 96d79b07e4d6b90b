import { href } from "#site/link";

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
  /** Undefined on a family's own page. */
  family?: string;
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

/** The number of pages that match and the first of them; `without` is the number when filters are ignored. */
export interface Answer {
  count: number;
  without: number;
  results: Result[];
}

interface PagefindData {
  url: string;
  excerpt: string;
  meta: Record<string, string>;
  sub_results: { title: string; url: string; excerpt: string; anchor?: { id: string } }[];
}

interface Pagefind {
  options(options: object): Promise<void>;
  init(): Promise<void>;
  search(
    words: string | null,
    options: object,
  ): Promise<{ results: { data(): Promise<PagefindData> }[]; unfilteredResultCount: number }>;
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
  const asked = words.trim();
  const chosen = Object.entries(filters).filter(([, values]) => values.length > 0);
  const answer = await pagefind.search(asked === "" ? null : asked, {
    filters: Object.fromEntries(chosen.map(([name, values]) => [name, { any: values }])),
    ...(asked === "" && { sort: { name: "asc" } }),
  });
  const data = await Promise.all(answer.results.slice(0, limit).map((result) => result.data()));
  // For a word that no page has, Pagefind answers with pages that share its first letter: that is no answer.
  if (asked !== "" && data.length > 0 && !data.some((page) => resembles(asked, page)))
    return { count: 0, without: 0, results: [] };
  return {
    count: answer.results.length,
    without: answer.unfilteredResultCount,
    results: namesakesFirst(asked, data).map(toResult),
  };
}

/** Weights alone cannot tell "POINTS" from the "point" in another's name: a page that bears the very name leads. */
function namesakesFirst(asked: string, pages: PagefindData[]): PagefindData[] {
  const bare = (text: string) => wordsOf(text).join("");
  const bears = ({ meta }: PagefindData) =>
    [meta.name, meta.arxiv, ...(meta.aliases ?? "").split(", ")].some(
      (name) => name && bare(name) === bare(asked),
    );
  return [...pages.filter(bears), ...pages.filter((page) => !bears(page))];
}

function resembles(words: string, { excerpt, meta, sub_results }: PagefindData): boolean {
  const marked =
    [excerpt, ...sub_results.map((section) => section.excerpt)].join(" ").match(/<mark>.*?<\/mark>/g) ?? [];
  const found = wordsOf(
    [...marked.map((mark) => mark.replace(/<.*?>/g, "")), ...Object.values(meta)].join(" "),
  );
  return wordsOf(words).some((word) => found.some((other) => other.startsWith(word.slice(0, 3))));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function toResult({ url, excerpt, meta, sub_results }: PagefindData): Result {
  return {
    url,
    name: meta.name ?? meta.title ?? url,
    title: meta.title ?? "",
    ...(meta.family && { family: meta.family }),
    ...(meta.status && { status: meta.status }),
    excerpt,
    // The first is often the page itself, above its first heading.
    sections: sub_results.filter(({ anchor }) => anchor && !/^(top|main)$/.test(anchor.id)),
  };
}
