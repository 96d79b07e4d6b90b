import type { Displayed } from "#notebook/displayed";
import type { ConsoleMessage } from "#notebook/starboard/runtime";

/** How many console lines a cell keeps: enough to read, few enough that a runaway loop stays cheap. */
const MAX_LINES = 1000;

/** What a cell shows below its code while it runs and after: console lines, a displayed value, an error. */
export class CellOutput {
  readonly #element: HTMLElement;
  #console: HTMLElement | undefined;
  #lines = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
    element.replaceChildren();
  }

  /** Appends one console line; past the cap, only counts. (Starboard's own console redraws all at each line.) */
  log({ method, data }: ConsoleMessage): void {
    this.#console ??= this.#append("pre", `cell-console`);
    this.#lines++;
    if (this.#lines > MAX_LINES) {
      const notice = this.#console.lastElementChild as HTMLElement;
      notice.textContent = `… ${this.#lines - MAX_LINES + 1} more lines not shown\n`;
      return;
    }
    const line = document.createElement("span");
    line.className = `console-${method}`;
    line.textContent = `${data.map(asText).join(" ")}\n`;
    this.#console.append(line);
  }

  show(displayed: Displayed): void {
    if (displayed.kind === "figure") {
      const figure = this.#append("figure", "cell-figure");
      figure.innerHTML = displayed.figure.svg;
      const caption = document.createElement("figcaption");
      caption.textContent = displayed.figure.title;
      figure.append(caption);
    } else if (displayed.kind === "table") {
      this.#append("div", "cell-table").append(drawTable(displayed.table.columns, displayed.table.rows));
    } else {
      this.#append("pre", "cell-value").textContent = displayed.text;
    }
  }

  fail(error: unknown): void {
    const box = this.#append("div", "cell-error");
    box.setAttribute("role", "alert");
    box.textContent = error instanceof Error ? error.message : String(error);
  }

  #append<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    element.className = className;
    this.#element.append(element);
    return element;
  }
}

function drawTable(columns: string[], rows: unknown[][]): HTMLTableElement {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const th = document.createElement("th");
    th.scope = "col";
    th.textContent = column;
    head.append(th);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const tr = body.insertRow();
    for (const value of row) tr.insertCell().textContent = String(value);
  }
  return table;
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
