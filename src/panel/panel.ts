import { factsOf } from "#panel/facts";
import { keptEdits } from "#panel/kept";
import { attachKnobs } from "#panel/knobs";
import { EDITS } from "#panel/link";
import type { LiveNotebook } from "#panel/live";

/*
 * The part of a notebook's panel that loads with the page: it shows the controls and waits for the press. All
 * else is fetched then, or when the pointer or the focus comes near.
 */

/** How long a control must rest before what hangs on it runs again, in ms. */
const REST = 250;

/** Makes the page's notebook runnable. */
export function attachPanel(): void {
  const root = document.querySelector<HTMLElement>("[data-notebook]");
  if (!root) return;
  let live: Promise<LiveNotebook> | undefined;
  const notebook = () =>
    (live ??= import("#panel/live").then(
      ({ LiveNotebook }) => new LiveNotebook(root),
      () => {
        live = undefined;
        throw new Error("The notebook could not be loaded. Check the connection, then try again.");
      },
    ));
  const act = (action: (live: LiveNotebook) => Promise<void>) => {
    notebook()
      .then(action)
      .catch((error: Error) => {
        const status = root.querySelector("[data-status]");
        if (status) status.textContent = error.message;
      });
  };
  const on = (selector: string, action: (live: LiveNotebook, button: HTMLElement) => Promise<void>) => {
    for (const button of document.querySelectorAll<HTMLElement>(selector)) {
      button.hidden = false;
      button.addEventListener("click", () => act((live) => action(live, button)));
    }
  };
  for (const part of root.querySelectorAll<HTMLElement>("[data-controls]")) part.hidden = false;
  on("[data-run]", (live) => live.run({ cells: "all" }));
  on("[data-stop]", (live) => live.stop());
  on("[data-restart]", (live) => live.restart());
  on("[data-reset]", (live) => live.reset());
  on("[data-copy-link]", (live) => live.copyLink());
  on("[data-receipt]", (live, { dataset }) => live.copyReceipt(dataset.receipt as "Markdown" | "JSON"));
  on("[data-mistake]", (live, { dataset }) => live.tryMistake(dataset.mistake!));
  const run = root.querySelector<HTMLElement>("[data-run]");
  for (const near of savesData() ? [] : ["pointerenter", "focus"]) {
    run?.addEventListener(near, () => act((live) => live.warm()), { once: true });
  }
  const facts = factsOf(root);
  let rest: ReturnType<typeof setTimeout> | undefined;
  attachKnobs(root, facts.controls, (id) => {
    clearTimeout(rest);
    rest = setTimeout(() => act((live) => live.move(id)), REST);
  });
  if (location.hash.startsWith(EDITS)) act((live) => live.offer(location.hash));
  else if (keptEdits(facts.slug).length > 0) act(() => Promise.resolve());
}

/** Whether the reader has asked for fewer bytes: then nothing is fetched before the press. */
function savesData(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
