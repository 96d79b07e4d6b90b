import type { CellState } from "#notebook/message";
import type { OpenNotebook } from "#notebook/starboard/notebook";
import { CellOutput } from "#notebook/starboard/output";
import {
  createEditor,
  type StarboardCell,
  type StarboardCellHandler,
  type StarboardEditor,
  type StarboardRuntime,
} from "#notebook/starboard/runtime";

/** Teaches Starboard the two types of cell that a notebook has. */
export function registerCellTypes(runtime: StarboardRuntime, notebook: () => OpenNotebook): void {
  runtime.definitions.cellTypes.register("typescript", {
    name: "TypeScript",
    cellType: "typescript",
    createHandler: (cell) => new TypeScriptCell(cell, runtime, notebook()),
  });
  runtime.definitions.cellTypes.register("prose", {
    name: "Prose",
    cellType: "prose",
    createHandler: (cell) => new ProseCell(cell),
  });
}

/** Prose, rendered by the page: Starboard's own Markdown knows no tables and no numbered equations. */
class ProseCell implements StarboardCellHandler {
  readonly #cell: StarboardCell;

  constructor(cell: StarboardCell) {
    this.#cell = cell;
  }

  attach({ elements }: Parameters<StarboardCellHandler["attach"]>[0]): void {
    elements.cell.tabIndex = -1;
    elements.topElement.classList.add("prose");
    elements.topElement.innerHTML = this.#cell.textContent;
  }

  async run(): Promise<void> {}
  async dispose(): Promise<void> {}
  focusEditor(): void {}
  clear(): void {}
}

/** A code cell: a bar with its buttons and its state, Starboard's editor, and our output below. */
export class TypeScriptCell implements StarboardCellHandler {
  readonly #cell: StarboardCell;
  readonly #runtime: StarboardRuntime;
  readonly #notebook: OpenNotebook;
  readonly #number: number;
  #editor: StarboardEditor | undefined;
  #state: HTMLElement | undefined;
  #bottom: HTMLElement | undefined;

  constructor(cell: StarboardCell, runtime: StarboardRuntime, notebook: OpenNotebook) {
    this.#cell = cell;
    this.#runtime = runtime;
    this.#notebook = notebook;
    this.#number = notebook.add(this);
    let text = cell.textContent;
    // Starboard's editor writes what the reader types straight into the cell, and tells nobody.
    Object.defineProperty(cell, "textContent", {
      get: () => text,
      set: (typed: string) => {
        if (typed === text) return;
        text = typed;
        notebook.edited(this.#number, typed);
      },
    });
  }

  get source(): string {
    return this.#cell.textContent;
  }

  attach({ elements }: Parameters<StarboardCellHandler["attach"]>[0]): void {
    // The editor within is what the Tab key should reach, not the cell around it.
    elements.cell.tabIndex = -1;
    elements.cell.id = `cell-${this.#number}`;
    this.#bottom = elements.bottomElement;
    this.#editor = createEditor(this.#cell, this.#runtime);
    nameEditor(this.#editor, `Code of cell ${this.#number}. Press Escape, then Tab, to leave the editor.`);
    this.#editor.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    elements.topElement.append(this.#bar(), this.#editor);
  }

  /** Run by Starboard: the same as its button. */
  async run(): Promise<void> {
    await this.#notebook.run({ cells: "one", number: this.#number });
  }

  /** A place for what the cell shows, empty. */
  newOutput(): CellOutput {
    if (!this.#bottom) throw new Error(`cell ${this.#number}: expected a cell on the page, got none`);
    return new CellOutput(this.#bottom);
  }

  showState(state: CellState, ms?: number): void {
    if (!this.#state) return;
    this.#state.dataset.state = state;
    this.#state.textContent = stateText(state, ms);
  }

  async dispose(): Promise<void> {
    this.#editor?.remove();
  }

  focusEditor({ position }: { position?: "start" | "end" }): void {
    this.#editor?.focus();
    this.#editor?.setCaretPosition(position ?? "start");
  }

  clear(): void {
    this.#bottom?.replaceChildren();
    if (!this.#state) return;
    delete this.#state.dataset.state;
    this.#state.textContent = "";
  }

  #bar(): HTMLElement {
    const bar = document.createElement("div");
    bar.className = "cell-bar";
    const number = this.#number;
    const label = document.createElement("span");
    label.textContent = `Cell ${number}`;
    this.#state = document.createElement("span");
    this.#state.className = "cell-state";
    const button = (text: string, press: () => void) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", `${text}: cell ${number}`);
      made.addEventListener("click", press);
      return made;
    };
    bar.append(
      label,
      button("Run", () => void this.run()),
      button("Run to here", () => void this.#notebook.run({ cells: "up to", number })),
      this.#state,
    );
    return bar;
  }

  /** Ctrl-Enter and ⌘-Enter run the cell, Shift-Enter goes on to the next; Starboard would add cells of its own. */
  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey || event.altKey)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.altKey) return;
    void this.run();
    if (event.shiftKey) this.#notebook.focusAfter(this.#number);
  }
}

function stateText(state: CellState, ms = 0): string {
  const time = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
  switch (state) {
    case "running":
      return "running …";
    case "done":
      return `✓ ${time}`;
    case "failed":
      return `✗ failed after ${time}`;
    case "stopped":
      return `stopped after ${time}`;
    case "stale":
      return "out of date: something it uses has changed";
  }
}

/** Gives the editor an accessible name once CodeMirror is there, and a way out by keyboard: Escape, then Tab. */
function nameEditor(editor: HTMLElement, name: string): void {
  // Starboard makes the editor's content late, and may make it anew.
  new MutationObserver(() => {
    const content = editor.querySelector(".cm-content");
    if (content?.ariaLabel === null) {
      content.setAttribute("aria-label", name);
      // What scrolls must hold something that the Tab key reaches, said aloud.
      content.setAttribute("tabindex", "0");
    }
    // CodeMirror says of its box that it could unfold, which a text box has no word for.
    content?.removeAttribute("aria-expanded");
  }).observe(editor, { childList: true, subtree: true, attributeFilter: ["aria-expanded"] });
  let leaving = false;
  editor.addEventListener(
    "keydown",
    (event) => {
      // CodeMirror takes Tab for indenting; it must not see the one that leaves.
      if (leaving && event.key === "Tab") event.stopPropagation();
      leaving = event.key === "Escape" || (leaving && event.key === "Shift");
    },
    { capture: true },
  );
}
