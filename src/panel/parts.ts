import type { Progress } from "#lab/session";
import { cellsText } from "#panel/words";

/** The parts of a notebook's panel on its page, and what they show. */
export class Panel {
  readonly root: HTMLElement;
  /** Holds the static cells, and the frame that takes their place. */
  readonly place: HTMLElement;
  readonly statics: readonly HTMLElement[];
  readonly notice: HTMLElement;
  readonly scale: HTMLSelectElement;
  readonly device: HTMLSelectElement;
  readonly #status: HTMLElement;
  readonly #said: HTMLElement;
  readonly #bar: HTMLProgressElement;
  readonly #edited: HTMLElement;
  readonly #editedCells: HTMLElement;

  constructor(root: HTMLElement) {
    const part = <E extends HTMLElement = HTMLElement>(selector: string): E => {
      const element = root.querySelector<E>(selector);
      if (!element) throw new Error(`Panel: expected a panel with ${selector}, found none`);
      return element;
    };
    this.root = root;
    this.place = part("[data-cells]");
    this.statics = [...this.place.children] as HTMLElement[];
    this.notice = part("[data-notice]");
    this.scale = part("[data-scale]");
    this.device = part("[data-device]");
    this.#status = part("[data-status]");
    this.#said = part("[data-said]");
    this.#bar = part("[data-progress]");
    this.#edited = part("[data-edited]");
    this.#editedCells = part("[data-edited-cells]");
  }

  /** Whether the live cells are shown. */
  get isLive(): boolean {
    return this.statics.some(({ hidden }) => hidden);
  }

  showLive(frame: HTMLElement): void {
    delete frame.dataset.hidden;
    for (const cell of this.statics) cell.hidden = true;
  }

  showStatics(): void {
    for (const cell of this.statics) cell.hidden = false;
  }

  running(runs: boolean): void {
    if (runs) {
      this.root.dataset.running = "";
      delete this.root.dataset.ended;
    } else {
      delete this.root.dataset.running;
      this.#bar.hidden = true;
    }
  }

  showProgress({ step, steps }: Progress): void {
    this.#bar.hidden = false;
    this.#bar.max = steps;
    this.#bar.value = step;
  }

  showEdited(cells: number): void {
    this.#edited.hidden = cells === 0;
    this.#editedCells.textContent = `Edited: ${cellsText(cells)}`;
  }

  /** Shows where a run stands; too often for a screen reader. */
  tell(text: string): void {
    this.#status.textContent = text;
  }

  /** Shows a result, and has it read out. */
  say(text: string): void {
    this.tell(text);
    this.announce(text);
  }

  /** Has words read out that stand elsewhere. */
  announce(text: string): void {
    this.#said.textContent = text;
  }
}
