// The script of the comparison: chosen rows of the table of all techniques become columns; the address holds the state.
import { chosenFrom, type Comparison, differs, most, toCsv, toJson } from "#site/browse/comparison";

const find = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector)!;
const all = find<HTMLTableElement>("[data-all]");
const sideBySide = find<HTMLTableElement>("[data-side-by-side]");
const add = find<HTMLSelectElement>("[data-add]");
const onlyDifferences = find<HTMLInputElement>("[data-differences]");
const said = find("[data-said]");
const rowOf = new Map(
  [...all.querySelectorAll<HTMLTableRowElement>("tr[data-technique]")].map((row) => [
    row.dataset.technique!,
    row,
  ]),
);
const heads = [...all.querySelectorAll<HTMLElement>("thead th")].slice(1);
const facts = heads.map((head) => head.textContent.trim());

let chosen: string[] = [];

/** What a person reads in a cell: a formula's TeX, where KaTeX keeps it, in place of its letters twice. */
function readable(cell: Element): string {
  const copy = cell.cloneNode(true) as Element;
  for (const formula of copy.querySelectorAll(".katex"))
    formula.replaceWith(`$${formula.querySelector("annotation")?.textContent ?? ""}$`);
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function comparison(): Comparison {
  const rows = chosen.map((slug) => rowOf.get(slug)!);
  return {
    names: rows.map((row) => readable(row.cells[0]!)),
    rows: facts.map((fact, i) => ({ fact, values: rows.map((row) => readable(row.cells[i + 1]!)) })),
  };
}

function show(): void {
  chosen = chosenFrom(location.search, [...rowOf.keys()]);
  const any = chosen.length > 0;
  all.hidden = any;
  sideBySide.hidden = !any;
  add.disabled = chosen.length >= most;
  add.value = "";
  for (const option of add.options) option.disabled = chosen.includes(option.value);
  said.textContent = any
    ? `${chosen.length} of at most ${most}. Facts that differ are marked.`
    : "All techniques are shown; choose up to five to set them side by side.";
  sideBySide.replaceChildren();
  if (!any) return;
  const rows = chosen.map((slug) => rowOf.get(slug)!);
  const head = sideBySide.createTHead().insertRow();
  head.append(document.createElement("td"));
  rows.forEach((row, i) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.append(row.cells[0]!.querySelector("a")!.cloneNode(true));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Take ${row.cells[0]!.textContent.trim()} out`);
    remove.addEventListener("click", () => choose(chosen.filter((_, at) => at !== i)));
    cell.append(remove);
    head.append(cell);
  });
  const body = sideBySide.createTBody();
  comparison().rows.forEach(({ fact, values }, i) => {
    if (values.every((value) => value === "")) return;
    const different = differs(values);
    if (onlyDifferences.checked && chosen.length > 1 && !different) return;
    const line = body.insertRow();
    line.classList.toggle("differs", different && heads[i]!.dataset.prose === undefined);
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = fact;
    line.append(name);
    for (const row of rows) {
      const cell = line.insertCell();
      if (row.cells[i + 1]!.innerHTML.trim() === "") cell.textContent = "–";
      else cell.append(...row.cells[i + 1]!.cloneNode(true).childNodes);
    }
  });
}

function choose(slugs: string[]): void {
  // Commas stay readable: `?t=hft,s2ft`.
  history.pushState(null, "", slugs.length > 0 ? `?t=${slugs.join(",")}` : location.pathname);
  show();
}

function download(type: string, ending: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = `${chosen.join("-")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

add.addEventListener("change", () => choose([...chosen, add.value].filter(Boolean)));
onlyDifferences.addEventListener("change", show);
find("[data-export=csv]").addEventListener("click", () => {
  if (chosen.length === 0)
    said.textContent = "Choose techniques first: the file holds what stands side by side.";
  else download("text/csv;charset=utf-8", "csv", toCsv(comparison()));
});
find("[data-export=json]").addEventListener("click", () => {
  if (chosen.length === 0)
    said.textContent = "Choose techniques first: the file holds what stands side by side.";
  else download("application/json", "json", toJson(comparison()));
});
addEventListener("popstate", show);
show();
