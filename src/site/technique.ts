import { type CollectionEntry, getCollection } from "astro:content";
import { type Status, statusOf } from "#ledger/status";
import { type SeedEntry, readSeeds } from "#seeds/library";
import { titleKey } from "#seeds/title-key";
import { type Family, families } from "#site/family";
import { href } from "#site/link";

/** A technique as pages need it: what its page, its seed entry and its recorded result say, joined. */
export interface Technique {
  slug: string;
  href: string;
  /** The short name that people use. */
  name: string;
  /** The paper's title; `$…$` is math. */
  title: string;
  data: CollectionEntry<"techniques">["data"];
  entry: CollectionEntry<"techniques">;
  family: Family;
  seed: SeedEntry;
  status: Status;
}

/** A related technique and the reason given for the relation. */
export interface Relation {
  technique: Technique;
  why: string;
}

let built: Promise<Technique[]> | undefined;

/**
 * All techniques: by family in the families' order, and by name within a family.
 *
 * @throws when a page names a family that has no page, or a title that no seed document has.
 */
export function techniques(): Promise<Technique[]> {
  // A build reads everything once; an author's server must see each edit.
  if (import.meta.env.DEV) return join();
  return (built ??= join());
}

/** The pages of a route with a `slug`, one for each technique, as Astro's `getStaticPaths` gives them. */
export async function techniquePaths() {
  return (await techniques()).map((technique) => ({
    params: { slug: technique.slug },
    props: { technique },
  }));
}

/** The technique with this slug; throws when there is none. */
export async function techniqueOf(slug: string): Promise<Technique> {
  const found = (await techniques()).find((technique) => technique.slug === slug);
  if (!found) {
    throw new Error(
      `techniqueOf: expected the slug of a page in content/techniques, got "${slug}"; add ${slug}.mdx`,
    );
  }
  return found;
}

/** The techniques that this one's page relates to, in its order; throws when it names one that has no page. */
export async function relationsOf({ slug, data }: Technique): Promise<Relation[]> {
  const all = await techniques();
  return data.related.map((related) => {
    const technique = all.find((other) => other.slug === related.slug);
    if (!technique) {
      throw new Error(
        `content/techniques/${slug}.mdx: related: expected the slug of a technique, got "${related.slug}"; ` +
          "correct it or take it out",
      );
    }
    return { technique, why: related.why };
  });
}

/** The neighbours of a technique within its family; undefined at either end. */
export async function neighboursOf(
  technique: Technique,
): Promise<{ previous?: Technique; next?: Technique }> {
  const members = (await techniques()).filter(({ family }) => family.slug === technique.family.slug);
  const at = members.findIndex(({ slug }) => slug === technique.slug);
  return { previous: members[at - 1], next: members[at + 1] };
}

async function join(): Promise<Technique[]> {
  const [entries, known] = await Promise.all([getCollection("techniques"), families()]);
  const seeds = new Map(readSeeds().map((seed) => [titleKey(seed.title), seed]));
  const order = new Map(known.map((family, at) => [family.slug, at]));
  return entries
    .map((entry): Technique => {
      const { data, id: slug } = entry;
      const page = `content/techniques/${slug}.mdx`;
      const family = known.find((candidate) => candidate.slug === data.family);
      if (!family) {
        throw new Error(
          `${page}: family: expected the name of a file in content/families, got "${data.family}"; ` +
            `correct it or add content/families/${data.family}.mdx`,
        );
      }
      const seed = seeds.get(titleKey(data.title));
      if (!seed) {
        throw new Error(
          `${page}: title: expected a title in seeds/, got "${data.title}"; copy the title from its seed`,
        );
      }
      const { name, title } = data;
      return {
        slug,
        href: href(`/t/${slug}/`),
        name,
        title,
        data,
        entry,
        family,
        seed,
        status: statusOf(slug),
      };
    })
    .sort(
      (a, b) =>
        (order.get(a.family.slug) ?? 0) - (order.get(b.family.slug) ?? 0) ||
        a.name.localeCompare(b.name, "en", { sensitivity: "base" }),
    );
}
