import { statuses } from "#ledger/status";
import { families } from "#site/family";
import { savings } from "#site/saving";
import { href } from "#site/link";
import { slugOf } from "#seeds/slug";
import type { Technique } from "#site/technique";

/** Ways to divide the techniques, in the order in which a reader meets them. */
export const facetNames = ["family", "modality", "saves", "status", "year"] as const;
export type FacetName = (typeof facetNames)[number];

/** A facet with the values that occur, each with its page and how many techniques have it. */
export interface Facet {
  name: FacetName;
  words: string;
  values: { value: string; words: string; count: number; href: string }[];
}

/** What a technique has of each facet; a family is its slug. */
export function facetsOf({ family, data, status }: Technique): Record<FacetName, string[]> {
  return {
    family: [family.slug],
    modality: data.modality,
    saves: data.saves,
    status: [status],
    year: data.year === undefined ? [] : [String(data.year)],
  };
}

/** The page of a facet's value, from the site's root: a list that needs no script. */
export function facetPath(name: FacetName, value: string): string {
  return name === "family" ? `/families/${value}/` : `/by/${name}/${slugOf(value)}/`;
}

/** All facets of these techniques: families, savings and statuses in their own order, years from the latest, modalities by count. */
export async function facets(techniques: Technique[]): Promise<Facet[]> {
  const all = await families();
  const order: Partial<Record<FacetName, readonly string[]>> = {
    family: all.map(({ slug }) => slug),
    saves: savings.map(({ name }) => name),
    status: statuses,
  };
  const counted = (name: FacetName) => {
    const values = techniques.flatMap((technique) => facetsOf(technique)[name]);
    const counts = [...Map.groupBy(values, (value) => value)].map(([value, { length: count }]) => ({
      ...{ value, count, href: href(facetPath(name, value)) },
      words: name === "family" ? all.find(({ slug }) => slug === value)!.name : value,
    }));
    const given = order[name];
    if (given) return counts.sort((a, b) => given.indexOf(a.value) - given.indexOf(b.value));
    if (name === "year") return counts.sort((a, b) => Number(b.value) - Number(a.value));
    return counts.sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
  };
  const words = { family: "Family", modality: "Modality", saves: "Saves", status: "Status", year: "Year" };
  return facetNames.map((name) => ({ name, words: words[name], values: counted(name) }));
}
