// The script of the index: facets filter the list in place, rows are chosen for comparison; the address holds the state.
import { most } from "#site/browse/comparison";
import { type Filter, filterFrom, passes, searchOf, toggled } from "#site/browse/filter";
import type { FacetName } from "#site/facet";

const find = <E extends Element = HTMLElement>(selector: string) => [
  ...document.querySelectorAll<E>(selector),
];
const [bar] = find("[data-browse]");
const part = (name: string) => bar!.querySelector<HTMLElement>(`[data-${name}]`)!;
const found = part("found");
const clear = part("clear");
const cards = part("cards");
const comparison = part("comparison");
const links = find<HTMLAnchorElement>("[data-facet]");
const rows = find<HTMLTableRowElement>("tr[data-technique]").map((row) => {
  const values = (name: FacetName) => row.dataset[name]!.split("|").filter(Boolean);
  const has = {
    ...{ family: values("family"), modality: values("modality"), saves: values("saves") },
    ...{ status: values("status"), year: values("year") },
  };
  return { row, has };
});
const boxes = rows.map(({ row }) => {
  const head = row.querySelector("th")!;
  const name = head.querySelector("a")!.textContent;
  const box = Object.assign(document.createElement("input"), {
    type: "checkbox",
    value: row.dataset.technique,
  });
  box.setAttribute("aria-label", `Compare ${name}`);
  box.className = "compare-box";
  head.prepend(box);
  return box;
});

let filter: Filter = {};

function show(): void {
  filter = filterFrom(location.search);
  for (const { row, has } of rows) row.hidden = !passes(has, filter);
  const shown = rows.filter(({ row }) => !row.hidden).length;
  for (const group of find<HTMLElement>(".techniques tbody")) {
    const left = group.querySelectorAll("tr[data-technique]:not([hidden])").length;
    group.hidden = left === 0;
    group.querySelector(".count")!.textContent = String(left);
  }
  for (const link of links) {
    const { facet, value } = link.dataset as { facet: FacetName; value: string };
    const count = rows.filter(({ has }) => has[facet].includes(value) && passes(has, filter, facet)).length;
    const item = link.closest("li")!;
    item.classList.toggle("none", count === 0);
    item.querySelector("[data-count]")!.textContent = String(count);
    const chosen = filter[facet]?.includes(value);
    if (chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.search = searchOf(toggled(filter, facet, value), location.search);
  }
  const filtered = Object.keys(filter).length > 0;
  found.textContent = filtered ? `${shown} of ${rows.length} techniques` : `${rows.length} techniques`;
  clear.hidden = !filtered;
  const asCards = new URLSearchParams(location.search).get("view") === "cards";
  cards.setAttribute("aria-pressed", String(asCards));
  document.querySelector(".techniques")!.classList.toggle("cards", asCards);
}

function go(search: string): void {
  history.pushState(null, "", search || location.pathname);
  show();
}

function showComparison(): void {
  const chosen = boxes.filter(({ checked }) => checked);
  for (const box of boxes) box.disabled = chosen.length >= most && !box.checked;
  const link = comparison as HTMLAnchorElement;
  link.search = chosen.length > 0 ? `?t=${chosen.map(({ value }) => value).join(",")}` : "";
  link.textContent =
    chosen.length > 0 ? `Compare ${chosen.length} side by side` : "Compare side by side (tick up to five)";
}

// A facet's links led to pages of their own; here they lead to the filtered index.
for (const link of links) link.href = location.pathname;
document.querySelector("[data-facets]")!.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("[data-facet]");
  const { ctrlKey, metaKey, shiftKey, button } = event as MouseEvent;
  if (!link || ctrlKey || metaKey || shiftKey || button !== 0) return;
  event.preventDefault();
  go(link.search);
});
clear.addEventListener("click", () => go(searchOf({}, location.search)));
cards.addEventListener("click", () => {
  const given = new URLSearchParams(location.search);
  if (given.get("view") === "cards") given.delete("view");
  else given.set("view", "cards");
  go(given.size > 0 ? `?${given}` : "");
});
for (const box of boxes) box.addEventListener("change", showComparison);
addEventListener("popstate", show);
// On a narrow screen the filters would stand before the list like a wall.
const [panel] = find<HTMLDetailsElement>("[data-facets]");
if (matchMedia("(max-width: 40rem)").matches) panel!.open = false;
panel!.dataset.settled = "";
show();
showComparison();
