import type { Displayed } from "#notebook/displayed";
import type { Explanation } from "#notebook/explanation";
import type { Claim } from "#lab/claim";
import { claimHtml, escapeHtml, outputHtml } from "#notebook/output-html";
import type { ConsoleLine } from "#notebook/starboard/console";

/** How many console lines a cell keeps: enough to read, few enough that a runaway loop stays cheap. */
const MAX_LINES = 1000;

/** What a cell shows below its code while it runs and after: console lines, a live figure, a displayed value, an error. */
export class CellOutput {
  readonly #element: HTMLElement;
  #console: HTMLElement | undefined;
  #live: HTMLElement | undefined;
  #claims: HTMLElement | undefined;
  #lines = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
    element.replaceChildren();
  }

  /** Appends one console line; past the cap, only counts. (Starboard's own console redraws all at each line.) */
  log({ method, data }: ConsoleLine): void {
    this.#console ??= this.#append("pre", "cell-console");
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

  /** Shows what a cell that still runs has so far, in place of what it showed before. */
  showLive(displayed: Displayed): void {
    this.#live ??= this.#append("div", "cell-live");
    this.#live.innerHTML = outputHtml(displayed);
  }

  /** Shows the cell's value; a live figure makes way for it, and stays where there is none. */
  show(displayed: Displayed): void {
    this.#live?.remove();
    this.#append("div", "cell-shown").innerHTML = outputHtml(displayed);
  }

  /** Shows a claim that the cell has measured. */
  claim(claim: Claim): void {
    this.#claims ??= this.#append("div", "cell-claims");
    this.#claims.insertAdjacentHTML("beforeend", claimHtml(claim));
  }

  fail({ words, message, trace }: Explanation): void {
    const box = this.#append("div", "cell-error");
    box.setAttribute("role", "alert");
    const places = trace
      .map(({ cell, line, within }) => `cell ${cell}, line ${line}${within ? `, in ${within}` : ""}`)
      .map((place) => `<li>${escapeHtml(place)}</li>`);
    box.innerHTML =
      `<p>${escapeHtml(words)}</p><pre>${escapeHtml(message)}</pre>` +
      (places.length > 1
        ? `<details><summary>Where it came from</summary><ol>${places.join("")}</ol></details>`
        : "");
  }

  /** Says that the reader stopped the cell. */
  stopped(): void {
    this.#append("p", "cell-stopped").textContent = "Stopped. What was computed so far is kept.";
  }

  #append<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    element.className = className;
    this.#element.append(element);
    return element;
  }
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
