import type { APIRoute } from "astro";
import { textWithoutMath } from "#site/mathematics";
import { wordsOf } from "#site/search/asked";
import { techniques } from "#site/technique";

/** The words that a misspelt one may have meant, the most frequent first. */
export const GET: APIRoute = async () => {
  const counts = new Map<string, number>();
  for (const { slug, name, title, data } of await techniques()) {
    const texts = [slug, name, title, data.summary ?? "", ...data.aliases, ...data.keywords];
    for (const word of wordsOf(textWithoutMath(texts.join(" "))))
      if (word.length >= 4 && !/^\d+$/.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([word]) => word);
  return new Response(JSON.stringify(words), { headers: { "content-type": "application/json" } });
};
