// The script of every page: theme, copy buttons, and the keys and clicks that open search. Search itself loads on demand.
import { startTheme } from "#site/theme-switch";

startTheme();

let opening = false;
async function openSearch(): Promise<void> {
  if (opening) return;
  opening = true;
  try {
    const { openDialog } = await import("#site/search/dialog");
    await openDialog();
  } finally {
    opening = false;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

document.addEventListener("keydown", (event) => {
  const slash =
    event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const chord =
    event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!slash && !chord) return;
  event.preventDefault();
  void openSearch();
});

document.addEventListener("click", (event) => {
  if (
    !(event.target instanceof Element) ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey
  )
    return;
  if (event.target.closest("[data-open-search]")) {
    event.preventDefault();
    void openSearch();
  }
  const button = event.target.closest<HTMLElement>("[data-copy], [data-copy-text]");
  if (button) void copy(button);
});

/** What a button copies: an element's text, or its own, whose addresses get the host that the build did not know. */
function copied({ dataset: { copy, copyText } }: HTMLElement): string {
  if (copyText === undefined) return document.getElementById(copy ?? "")?.textContent ?? "";
  return copyText.replace(/(?<=[("])\/[^)"]*/g, (path) => new URL(path, location.href).href);
}

async function copy(button: HTMLElement): Promise<void> {
  const text = copied(button);
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // No clipboard without HTTPS, and browsers may refuse: show and select the text, so that one key copies it.
    const shown = document.getElementById(button.dataset.copy ?? "") ?? textAfter(button, text);
    getSelection()?.selectAllChildren(shown);
    button.textContent = "Selected: press Ctrl/⌘ C";
  }
  setTimeout(() => (button.textContent = label), 2500);
}

/** The text in an element of its own after the button. */
function textAfter(button: HTMLElement, text: string): HTMLElement {
  const shown = document.createElement("code");
  shown.textContent = text;
  button.after(shown);
  return shown;
}
