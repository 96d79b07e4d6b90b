import type { FacetName } from "#site/facet";

/** The values chosen of each facet: one of a facet's, of every facet that has any. */
export type Filter = Partial<Record<FacetName, string[]>>;

const names: FacetName[] = ["family", "modality", "saves", "status", "year"];

/** The filter that an address's search part states: `?modality=vision&saves=latency&saves=storage`. */
export function filterFrom(search: string): Filter {
  const given = new URLSearchParams(search);
  const chosen = names.map((name) => [name, given.getAll(name)] as const);
  return Object.fromEntries(chosen.filter(([, values]) => values.length > 0));
}

/** The search part of an address that states the filter beside what it held of other things; "" for nothing. */
export function searchOf(filter: Filter, search: string): string {
  const given = new URLSearchParams(search);
  for (const name of names) {
    given.delete(name);
    for (const value of filter[name] ?? []) given.append(name, value);
  }
  const text = given.toString();
  return text && `?${text}`;
}

/** The filter with a value more, or without it where it was chosen. */
export function toggled(filter: Filter, name: FacetName, value: string): Filter {
  const { [name]: chosen = [], ...rest } = filter;
  const now = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  return now.length > 0 ? { ...rest, [name]: now } : rest;
}

/** Whether what has these values passes; `except` names a facet that is not asked. */
export function passes(has: Record<FacetName, string[]>, filter: Filter, except?: FacetName): boolean {
  return names.every(
    (name) => name === except || !filter[name] || filter[name].some((value) => has[name].includes(value)),
  );
}
