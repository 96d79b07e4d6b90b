import { synonyms } from "#site/search/asked";
import type { Hit } from "#site/search/engine";

/** How much a page counts that has all words, beside those that have some. */
const together = 1;
/** What the mere presence of a word counts, beside how well it fits. */
const presence = 0.3;
/** What another word of the same meaning counts, beside the one that was typed. */
const alike = 0.5;
/** What a word counts that all pages have. */
const least = 0.5;
/** A page whose sum is below this share of the best one's is not an answer. */
const share = 0.25;

/**
 * The pages that have some of the words, best first: a word that few pages have counts more, as log (N / n), and pages that
 * have all of them lead. Asking for all at once, as the index does by itself, finds nothing for a question in sentences.
 */
export async function rank(words: string[], ask: (words: string) => Promise<Hit[]>): Promise<Hit[]> {
  const sums = new Map<string, { hit: Hit; sum: number }>();
  const add = (hits: Hit[], weight: number, base: number) => {
    const top = hits[0]?.score || 1;
    for (const hit of hits) {
      const found = sums.get(hit.id) ?? { hit, sum: 0 };
      // The root, since the index counts a word in a name a dozen times.
      found.sum += weight * (base + (1 - base) * Math.sqrt(hit.score / top));
      sums.set(hit.id, found);
    }
  };
  add(await ask(words.join(" ")), together, 0);
  if (words.length > 1) {
    const each = await Promise.all(words.map((word) => withSynonyms(word, ask)));
    const pages = new Set(each.flat().map(({ id }) => id)).size;
    for (const hits of each) add(hits, Math.log((pages + 1) / (hits.length + 1)) + least, presence);
  }
  const ranked = [...sums.values()].sort((a, b) => b.sum - a.sum);
  return ranked.filter(({ sum }) => sum >= share * ranked[0]!.sum).map(({ hit }) => hit);
}

/** The pages that have a word or another of its meaning, the best first, each once. */
async function withSynonyms(word: string, ask: (words: string) => Promise<Hit[]>): Promise<Hit[]> {
  const shared = (hits: Hit[], weight: number) => {
    const top = hits[0]?.score || 1;
    return hits.map((hit) => ({ ...hit, data: () => hit.data(), score: (weight * hit.score) / top }));
  };
  const own = shared(await ask(word), 1);
  const others = await Promise.all(synonyms(word).map(async (other) => shared(await ask(other), alike)));
  const best = new Map<string, Hit>();
  for (const hit of [own, ...others].flat())
    if (hit.score > (best.get(hit.id)?.score ?? 0)) best.set(hit.id, hit);
  return [...best.values()].sort((a, b) => b.score - a.score);
}
