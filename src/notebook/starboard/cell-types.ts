import { displayed } from "#notebook/displayed";
import type { Report } from "#notebook/message";
import { runCell, type Load, type Scope } from "#notebook/run";
import { CellOutput } from "#notebook/starboard/output";
import {
  createEditor,
  type ConsoleMessage,
  type StarboardCell,
  type StarboardCellHandler,
  type StarboardEditor,
  type StarboardRuntime,
} from "#notebook/starboard/runtime";

/** What all cells of the open notebook share. */
export interface OpenNotebook {
  slug: string;
  scope: Scope;
  load: Load;
  report: (report: Report) => void;
  /** Resolves when the device is ready: a cell run on its own waits for it too. */
  prepare: () => Promise<void>;
}

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

/** A code cell: Starboard's editor above, our output below, run in the notebook's shared scope. */
class TypeScriptCell implements StarboardCellHandler {
  readonly #cell: StarboardCell;
  readonly #runtime: StarboardRuntime;
  readonly #notebook: OpenNotebook;
  #editor: StarboardEditor | undefined;
  #bottom: HTMLElement | undefined;

  constructor(cell: StarboardCell, runtime: StarboardRuntime, notebook: OpenNotebook) {
    this.#cell = cell;
    this.#runtime = runtime;
    this.#notebook = notebook;
  }

  /** Position among the code cells, from 1. */
  get #number(): number {
    const codeCells = this.#runtime.content.cells.filter(({ cellType }) => cellType === "typescript");
    return codeCells.findIndex(({ id }) => id === this.#cell.id) + 1;
  }

  attach({ elements }: Parameters<StarboardCellHandler["attach"]>[0]): void {
    // The editor within is what the Tab key should reach, not the cell around it.
    elements.cell.tabIndex = -1;
    this.#bottom = elements.bottomElement;
    this.#editor = createEditor(this.#cell, this.#runtime);
    elements.topElement.append(this.#editor);
    nameEditor(this.#editor, `Code of cell ${this.#number}. Press Escape, then Tab, to leave the editor.`);
  }

  async run(): Promise<void> {
    if (!this.#bottom) return;
    const { slug, scope, load, report, prepare } = this.#notebook;
    const number = this.#number;
    const output = new CellOutput(this.#bottom);
    const log = (message: ConsoleMessage) => output.log(message);
    await prepare();
    this.#runtime.consoleCatcher.hook(log);
    report({ kind: "cell", number, state: "running" });
    const start = performance.now();
    try {
      const result = await runCell({ number, source: this.#cell.textContent }, { slug, scope, load });
      const shown = displayed(result.value);
      if (shown) output.show(shown);
      for (const claim of result.claims) report({ kind: "claim", claim });
      report({ kind: "cell", number, state: "done", ms: performance.now() - start });
    } catch (error) {
      output.fail(error);
      report({ kind: "cell", number, state: "failed", ms: performance.now() - start });
      throw error;
    } finally {
      this.#runtime.consoleCatcher.unhook(log);
    }
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
  }
}

/** Gives the editor an accessible name once CodeMirror is there, and a way out by keyboard: Escape, then Tab. */
function nameEditor(editor: HTMLElement, name: string): void {
  // Starboard makes the editor's content late, and may make it anew.
  new MutationObserver(() => {
    const content = editor.querySelector(".cm-content:not([aria-label])");
    content?.setAttribute("aria-label", name);
  }).observe(editor, { childList: true, subtree: true });
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
