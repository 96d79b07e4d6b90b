import { type CollectionEntry, getCollection } from "astro:content";
import { href } from "#site/link";

/** A family of techniques, as pages need it. */
export interface Family {
  slug: string;
  /** With a capital: it heads pages, lists and filters. */
  name: string;
  summary: string;
  href: string;
  entry: CollectionEntry<"families">;
}

/** All families in the order that their pages give. */
export async function families(): Promise<Family[]> {
  const entries = await getCollection("families");
  return entries
    .sort((a, b) => a.data.order - b.data.order || a.id.localeCompare(b.id))
    .map((entry) => ({
      slug: entry.id,
      name: capitalised(entry.data.name),
      summary: entry.data.summary,
      href: href(`/families/${entry.id}/`),
      entry,
    }));
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
