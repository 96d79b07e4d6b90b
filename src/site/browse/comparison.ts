/** The facts of techniques side by side: a name for each column, and rows whose values are in the columns' order. */
export interface Comparison {
  names: string[];
  rows: { fact: string; values: string[] }[];
}

/** Techniques that fit beside each other. */
export const most = 5;

/** The slugs that an address's search part states, `?t=hft,s2ft`: each once, those that exist, at most five. */
export function chosenFrom(search: string, known: readonly string[]): string[] {
  const asked = (new URLSearchParams(search).get("t") ?? "").split(",").map((slug) => slug.trim());
  return [...new Set(asked)].filter((slug) => known.includes(slug)).slice(0, most);
}

/** Whether the values of a row are not all the same. */
export function differs(values: readonly string[]): boolean {
  return new Set(values.map((value) => value.trim())).size > 1;
}

/** A comparison as comma-separated values (RFC 4180), a row for each fact. */
export function toCsv({ names, rows }: Comparison): string {
  const lines = [["", ...names], ...rows.map(({ fact, values }) => [fact, ...values])];
  return lines.map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A comparison as JSON, an object for each technique. */
export function toJson({ names, rows }: Comparison): string {
  const objects = names.map((name, i) => ({
    name,
    ...Object.fromEntries(rows.map(({ fact, values }) => [fact, values[i]])),
  }));
  return `${JSON.stringify(objects, null, 1)}\n`;
}
