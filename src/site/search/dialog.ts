import { href } from "#site/link";
import { element, excerpt } from "#site/search/element";
import { type Answer, search, warmUp } from "#site/search/engine";
import sheet from "#styles/search-dialog.css?url";

const most = 8;
const sectionsEach = 2;

let parts: ReturnType<typeof build> | undefined;
let asked = 0;

/** Opens the search dialog, over whatever page is shown; closes on Escape, a click beside it, or going somewhere. */
export async function openDialog(): Promise<void> {
  parts ??= build();
  await parts.dressed;
  if (parts.dialog.open) return;
  parts.dialog.showModal();
  parts.input.select();
  warmUp().catch(() => say("Search could not be loaded. Check the connection and type again."));
}

function build() {
  const link = element("link", { rel: "stylesheet", href: sheet });
  // Bare for a moment would be seen; without its sheet it still works.
  const dressed = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
  });
  document.head.append(link);
  const input = element("input", {
    type: "search",
    role: "combobox",
    placeholder: "Name, acronym, arXiv id, or words of an abstract",
    "aria-label": "Search Benchtop",
    "aria-expanded": "false",
    "aria-controls": "search-options",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
  });
  const close = element(
    "button",
    { type: "button", class: "search-close", "aria-label": "Close search" },
    "Esc",
  );
  const list = element("div", { id: "search-options", role: "listbox", "aria-label": "Results" });
  const note = element("p", { class: "search-note", role: "status" });
  const all = element("a", { class: "search-all", href: href("/search/") }, "Browse with filters");
  const keys = element("span", { class: "search-keys", "aria-hidden": "true" }, "↑↓ choose · Enter open");
  const dialog = element(
    "dialog",
    { class: "search-dialog", "aria-label": "Search" },
    element("div", { class: "search-field" }, input, close),
    note,
    list,
    element("div", { class: "search-foot" }, all, keys),
  );
  document.body.append(dialog);

  input.addEventListener("input", () => void update());
  input.addEventListener("keydown", move);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // The dialog itself is hit only beside its content; a link within the page leaves no page to close it.
    if (event.target === dialog || (event.target instanceof Element && event.target.closest("a")))
      dialog.close();
  });
  return { dialog, input, list, note, all, dressed };
}

async function update(): Promise<void> {
  if (!parts) return;
  const words = parts.input.value.trim();
  const turn = ++asked;
  parts.all.href = href("/search/") + (words && `?q=${encodeURIComponent(words)}`);
  parts.all.textContent = words ? "See all results" : "Browse with filters";
  if (words === "") return show({ count: 0, without: 0, results: [] }, "");
  try {
    const answer = await search({ words, filters: {} }, most);
    // An earlier question may be answered after a later one.
    if (turn === asked) show(answer, words);
  } catch {
    if (turn === asked) say("Search could not be loaded. Check the connection and type again.");
  }
}

function show({ count, corrected, results }: Answer, words: string): void {
  if (!parts) return;
  const options: HTMLElement[] = [];
  for (const result of results) {
    const name = element("span", { class: "option-name" }, result.name);
    const facts = element(
      "span",
      { class: "option-facts" },
      [result.family, result.status].filter(Boolean).join(" · "),
    );
    const title = element(
      "span",
      { class: "option-title" },
      result.title === result.name ? "" : result.title,
    );
    options.push(element("a", { href: result.url, class: "option" }, name, facts, title));
    for (const section of result.sections.slice(0, sectionsEach)) {
      const heading = element("span", { class: "option-heading" }, `# ${section.title}`);
      options.push(
        element(
          "a",
          { href: section.url, class: "option option-section" },
          heading,
          excerpt(section.excerpt),
        ),
      );
    }
  }
  options.forEach((option, at) => {
    option.id = `search-option-${at}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.tabIndex = -1;
  });
  parts.list.replaceChildren(...options);
  parts.list.scrollTop = 0;
  parts.input.setAttribute("aria-expanded", String(options.length > 0));
  choose(options[0]);
  if (words === "") say("");
  else if (count === 0) say(`Nothing found for “${words}”. Try fewer words, or browse with filters.`);
  else {
    const pages =
      count > results.length
        ? `${results.length} of ${count} pages`
        : `${count} ${count === 1 ? "page" : "pages"}`;
    say(corrected ? `${pages} for “${corrected}”` : pages);
  }
}

function say(sentence: string): void {
  if (parts) parts.note.textContent = sentence;
}

function choose(option: HTMLElement | undefined): void {
  parts?.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) parts?.input.setAttribute("aria-activedescendant", option.id);
  else parts?.input.removeAttribute("aria-activedescendant");
}

function move(event: KeyboardEvent): void {
  if (!parts || event.isComposing) return;
  const options = [...parts.list.querySelectorAll<HTMLAnchorElement>("[role=option]")];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  if (event.key === "Enter") {
    event.preventDefault();
    (options[at] ?? parts.all).click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(options[(at + step + options.length) % options.length]);
  } else if (event.key === "Escape" && parts.input.value !== "") {
    // A search field would only clear itself; the reader who presses Escape wants the page back.
    event.preventDefault();
    parts.dialog.close();
  }
}
