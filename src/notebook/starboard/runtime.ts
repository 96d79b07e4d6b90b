/** The parts of Starboard 0.15.7's runtime that the host uses; the package's own types need its sources. */
export interface StarboardCell {
  id: string;
  cellType: string;
  textContent: string;
  metadata: { properties: Record<string, unknown> };
}

export interface StarboardCellElement extends HTMLElement {
  cell: StarboardCell;
  run(): Promise<void>;
}

export interface StarboardCellHandler {
  attach(params: {
    elements: { cell: HTMLElement; topElement: HTMLElement; bottomElement: HTMLElement };
  }): void;
  run(): Promise<void>;
  dispose(): Promise<void>;
  focusEditor(options: { position?: "start" | "end" }): void;
  clear(): void;
}

export interface StarboardRuntime {
  content: { metadata: object; cells: StarboardCell[] };
  dom: { cells: StarboardCellElement[]; notebook: HTMLElement & { requestUpdate(): void } };
  definitions: {
    cellTypes: {
      register(
        type: string,
        definition: {
          name: string;
          cellType: string;
          createHandler(cell: StarboardCell, runtime: StarboardRuntime): StarboardCellHandler;
        },
      ): void;
    };
  };
}

/** Starboard's editor element: CodeMirror over a cell's text. */
export interface StarboardEditor extends HTMLElement {
  focus(): void;
  setCaretPosition(position: "start" | "end"): void;
}

declare global {
  interface Window {
    runtime?: StarboardRuntime;
  }
}

/** The runtime, once Starboard's bundle has made its notebook element. */
export async function starboardRuntime(): Promise<StarboardRuntime> {
  await customElements.whenDefined("starboard-notebook");
  // The element is appended right after it is defined, in the same script.
  await new Promise((resolve) => setTimeout(resolve));
  if (!window.runtime)
    throw new Error("starboardRuntime: Starboard's bundle ran but made no runtime: reload the page");
  return window.runtime;
}

/** A new editor over a cell. */
export function createEditor(cell: StarboardCell, runtime: StarboardRuntime): StarboardEditor {
  const Editor = customElements.get("starboard-text-editor") as unknown as new (
    cell: StarboardCell,
    runtime: StarboardRuntime,
    options: { language: string },
  ) => StarboardEditor;
  return new Editor(cell, runtime, { language: "typescript" });
}
