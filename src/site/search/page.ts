import { href } from "#site/link";
import { addressOf, queryFrom } from "#site/search/address";
import { element, excerpt } from "#site/search/element";
import { type Answer, type Query, type Result, search } from "#site/search/engine";
import { type Named, nearest } from "#site/search/nearest";

const most = 100;
const form = document.querySelector<HTMLFormElement>(".search-form");
const input = document.querySelector<HTMLInputElement>(".search-form input");
const filters = document.querySelector<HTMLFormElement>("#filters");
const answer = document.querySelector<HTMLElement>("#answer");
const advice = document.querySelector<HTMLElement>("#advice");
const list = document.querySelector<HTMLElement>("#results");
const names = JSON.parse(document.querySelector("#names")?.textContent ?? "[]") as Named[];
let asked = 0;

if (form && input && filters && answer && advice && list) start(form, input, filters, answer, advice, list);

function start(
  form: HTMLFormElement,
  input: HTMLInputElement,
  filters: HTMLFormElement,
  answer: HTMLElement,
  advice: HTMLElement,
  list: HTMLElement,
): void {
  const boxes = [...filters.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
  const reset = filters.querySelector<HTMLButtonElement>("button");

  const state = (): Query => ({
    words: input.value,
    filters: Object.fromEntries(
      ["status", "modality", "family"].map((name) => [
        name,
        boxes.filter((box) => box.name === name && box.checked).map((box) => box.value),
      ]),
    ),
  });

  const fill = () => {
    const query = queryFrom(location.search);
    input.value = query.words;
    for (const box of boxes) box.checked = query.filters[box.name]?.includes(box.value) ?? false;
  };

  const update = async () => {
    const query = state();
    const filtered = boxes.some((box) => box.checked);
    if (reset) reset.hidden = !filtered;
    history.replaceState(null, "", location.pathname + addressOf(query));
    const turn = ++asked;
    // Without words the answer is a list of techniques: family pages would only repeat the filter.
    const kind = query.words.trim() === "" ? ["technique"] : [];
    try {
      const found = await search({ ...query, filters: { ...query.filters, kind } }, most);
      if (turn !== asked) return;
      answer.textContent = sentence(found, query, filtered);
      list.replaceChildren(...found.results.map(resultItem));
      advice.hidden = found.count > 0;
      advice.replaceChildren(...(found.count > 0 ? [] : adviceFor(query, filtered ? found.without : 0)));
    } catch {
      if (turn === asked)
        answer.textContent = "Search could not be loaded. Check the connection and try again.";
    }
  };

  const adviceFor = (query: Query, without: number): Node[] => {
    const near = nearest(query.words, names);
    const lines: Node[] = [];
    if (without > 0) {
      const button = element("button", { type: "button" }, `Search without filters (${without})`);
      button.addEventListener("click", () => reset?.click());
      lines.push(element("p", {}, "The filters leave nothing over. ", button));
    }
    if (near.length > 0) {
      const links = near.flatMap(({ name, href: to }, at) => [
        at > 0 ? ", " : "",
        element("a", { href: to }, name),
      ]);
      lines.push(element("p", {}, "Did you mean ", ...links, "?"));
    }
    const index = element("a", { href: href("/") }, "index of all techniques");
    lines.push(
      element(
        "p",
        {},
        "Fewer or more general words find more; the ",
        index,
        " shows everything on one page.",
      ),
    );
    return lines;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void update();
  });
  input.addEventListener("input", () => void update());
  filters.addEventListener("change", () => void update());
  // The event comes before the boxes are cleared.
  filters.addEventListener("reset", () => setTimeout(() => void update()));
  addEventListener("popstate", () => {
    fill();
    void update();
  });
  // Beside the results there is room for them; above, they would push the results away.
  if (matchMedia("(min-width: 52rem)").matches) filters.closest("details")?.setAttribute("open", "");
  fill();
  void update();
}

function sentence({ count, corrected }: Answer, { words, filters }: Query, filtered: boolean): string {
  const pages = count === 1 ? "1 page" : `${count} pages`;
  const under = filtered ? ` · ${Object.values(filters).flat().join(", ")}` : "";
  if (words.trim() === "") return `${pages}, by name${under}`;
  return corrected
    ? `${pages} for “${corrected}”; no page has all of “${words.trim()}”${under}`
    : `${pages} for “${words.trim()}”${under}`;
}

function resultItem(result: Result): HTMLElement {
  const facts = element(
    "p",
    { class: "result-facts" },
    [result.family, result.status].filter(Boolean).join(" · "),
  );
  const item = element("li", {}, element("h2", {}, element("a", { href: result.url }, result.name)), facts);
  if (result.title !== result.name) item.append(element("p", { class: "result-title" }, result.title));
  const sections = result.sections.slice(0, 3);
  if (sections.length === 0 && result.excerpt.includes("<mark>"))
    item.append(element("p", {}, excerpt(result.excerpt)));
  for (const { title, url, excerpt: html } of sections) {
    if (!html.includes("<mark>")) continue;
    item.append(
      element(
        "p",
        { class: "result-section" },
        element("a", { href: url }, `# ${title}`),
        " ",
        excerpt(html),
      ),
    );
  }
  return item;
}
