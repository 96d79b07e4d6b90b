import type { Query } from "#site/search/engine";

const filterNames = ["status", "modality", "family"];

/** The query that an address's search part states: `?q=low+rank&family=…&family=…`. */
export function queryFrom(address: string): Query {
  const given = new URLSearchParams(address);
  return {
    words: given.get("q") ?? "",
    filters: Object.fromEntries(filterNames.map((name) => [name, given.getAll(name)])),
  };
}

/** The search part of an address that states the query; "" for the empty one. */
export function addressOf({ words, filters }: Query): string {
  const given = new URLSearchParams();
  if (words.trim() !== "") given.set("q", words.trim());
  for (const name of filterNames) for (const value of filters[name] ?? []) given.append(name, value);
  const text = given.toString();
  return text && `?${text}`;
}
