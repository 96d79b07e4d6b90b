/** What is known of a paper; only what is known is cited. */
export interface Paper {
  slug: string;
  title: string;
  authors?: string[] | undefined;
  year?: number | undefined;
  arxiv?: string | undefined;
  venue?: string | undefined;
}

const marks: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  _: "\\_",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "²": "\\textsuperscript{2}",
  "³": "\\textsuperscript{3}",
  "—": "---",
  "–": "--",
};

/** Text as BibTeX wants it: TeX's own characters escaped, `$…$` left as the math that it is. */
export function bibtexText(text: string): string {
  return text
    .split(/(\$[^$]+\$)/)
    .map((part) =>
      /^\$[^$]+\$$/.test(part) ? part : part.replace(/[\\&%#_{}~^²³—–]/g, (mark) => marks[mark] ?? mark),
    )
    .join("");
}

/** A BibTeX entry of the paper with the fields that are known and no other. */
export function citePaper({ slug, title, authors, year, arxiv, venue }: Paper): string {
  return entry(`${slug}${year ?? ""}`, [
    // Double braces keep the title's capitals.
    ["title", `{${bibtexText(title)}}`],
    ["author", authors?.length ? authors.map(bibtexText).join(" and ") : undefined],
    ["year", year?.toString()],
    ["eprint", arxiv],
    ["archivePrefix", arxiv && "arXiv"],
    ["url", arxiv && `https://arxiv.org/abs/${arxiv}`],
    // "arXiv" as a venue would only repeat the line above.
    ["note", venue && venue !== "arXiv" ? bibtexText(venue) : undefined],
  ]);
}

/** A page of this site; its address only where the build knows it, and the day of its recorded run where there is one. */
export interface CitedPage {
  slug: string;
  name: string;
  /** From the site's root. */
  path: string;
  url?: string | undefined;
  checked?: string | undefined;
}

/** A BibTeX entry of a page of this site. */
export function citePage({ slug, name, path, url, checked }: CitedPage): string {
  return entry(`benchtop-${slug}`, [
    ["title", `{${bibtexText(name)}}`],
    ["howpublished", `Benchtop, \\texttt{${bibtexText(path)}}`],
    ["url", url],
    ["note", checked && `Result recorded on ${checked}`],
  ]);
}

function entry(key: string, fields: [string, string | undefined][]): string {
  const known = fields.filter((field): field is [string, string] => Boolean(field[1]));
  return `@misc{${key},\n${known.map(([name, value]) => `  ${name} = {${value}},`).join("\n")}\n}`;
}
