/** Something that the reader should know and may answer: words, what belongs to them, and buttons. */
export class Notice {
  readonly #element: HTMLElement;
  /** Has words read out. */
  readonly #announce: (words: string) => void;

  constructor(element: HTMLElement, announce: (words: string) => void) {
    this.#element = element;
    this.#announce = announce;
  }

  /** Takes the place of what was shown before. */
  show(
    words: string,
    answers: readonly (readonly [label: string, press: () => void])[] = [],
    shown: readonly HTMLElement[] = [],
  ): void {
    const text = document.createElement("p");
    text.textContent = words;
    const row = document.createElement("p");
    row.className = "notice-answers";
    for (const [label, press] of [
      ...answers,
      ...(answers.length > 0 ? [] : [["Close", () => this.hide()] as const]),
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", press);
      row.append(button);
    }
    this.#element.replaceChildren(text, ...shown, row);
    this.#element.hidden = false;
    this.#announce(words);
  }

  /** Changes the words alone. */
  say(words: string): void {
    const text = this.#element.querySelector("p");
    if (text) text.textContent = words;
    this.#announce(words);
  }

  hide(): void {
    this.#element.hidden = true;
    this.#element.replaceChildren();
  }
}
