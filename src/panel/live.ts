import type { Claim, Mistake } from "#lab/claim";
import type { Device, DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import type { FrameCell, Report, Settings, Which } from "#notebook/message";
import { applyMistake } from "#notebook/mistake";
import { webGpuAdvice } from "#panel/advice";
import { differenceOf } from "#panel/difference";
import { type Edit, markOf, sortEdits } from "#panel/edits";
import { factsOf, type NotebookFacts } from "#panel/facts";
import { type NotebookFrame, openFrame } from "#panel/frame";
import { keepEdits, keptEdits } from "#panel/kept";
import { moved } from "#panel/knobs";
import { linkedEdits, linkFragment, LONGEST } from "#panel/link";
import { Notice } from "#panel/notice";
import { type Receipt, receiptMarkdown } from "#panel/receipt";
import { clearClaims, showClaim } from "#panel/row";
import { size, StageClock } from "#panel/stage";

const ORDER: DeviceName[] = ["webgpu", "webgl", "wasm", "cpu"];

/** Between the parts that are joined for a mistake's edit: no code holds it. */
const SEAM = "\n\u0000\n";

/** A frame on its way, with the devices that it was opened for: it cannot change them. */
interface OpenedFrame {
  opened: Promise<NotebookFrame>;
  devices: string;
  ready: boolean;
}

/**
 * A page's notebook, live: the frame that takes the place of the static cells, the reader's edits, and what the panel,
 * the claims table and the mistakes tell of a run. One run at a time; the frame is freed with the page.
 */
export class LiveNotebook {
  readonly #root: HTMLElement;
  readonly #facts: NotebookFacts;
  readonly #place: HTMLElement;
  readonly #statics: HTMLElement[];
  readonly #published: string[];
  readonly #notice: Notice;
  #edits = new Map<number, string>();
  #discarded: Edit[] = [];
  #mistake: Mistake | undefined;
  #frame: OpenedFrame | undefined;
  #device: Device | undefined;
  #clock = new StageClock();
  #claims = new Map<string, Claim>();
  #scale: Scale = "full";
  #running: PromiseWithResolvers<void> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#facts = factsOf(root);
    this.#place = this.#part("[data-cells]");
    this.#statics = [...this.#place.children] as HTMLElement[];
    this.#published = this.#statics
      .map(frameCell)
      .flatMap(({ type, content }) => (type === "code" ? content : []));
    this.#notice = new Notice(this.#part("[data-notice]"));
    const { fitting, outdated } = sortEdits(keptEdits(this.#facts.slug), this.#published);
    for (const { number, source } of fitting) this.#edits.set(number, source);
    if (outdated.length > 0) this.#tellOutdated(outdated);
    this.#showEdits();
    for (const input of [this.#scaleInput(), this.#deviceInput()]) {
      input.addEventListener("change", () => void this.#set());
    }
    addEventListener("pagehide", () => this.#close());
  }

  /** Fetches what a run needs, without running anything. */
  async warm(): Promise<void> {
    await this.#open().opened.catch(() => {});
  }

  /** Runs cells and resolves when they have ended, well or badly. */
  async run(which: Which): Promise<void> {
    if (this.#running && which.cells !== "of") return;
    const ended = (this.#running ??= Promise.withResolvers<void>());
    try {
      if (this.#frame && this.#frame.devices !== this.#devices().join()) this.#close();
      this.#say("Loading the notebook …");
      this.#root.dataset.running = "";
      const frame = await this.#open().opened;
      this.#show(frame);
      frame.set(this.#settings());
      frame.run(which);
      await ended.promise;
    } catch (error) {
      this.#say((error as Error).message);
      this.#ended();
    }
  }

  /** Asks the run under way to end. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#say("Stopping …");
    (await this.#frame?.opened)?.stop();
  }

  /** A clean state: nothing has run, and edits are kept. */
  async restart(): Promise<void> {
    this.#close();
    clearClaims();
    this.#say("Restarting …");
    this.#show(await this.#open().opened);
    this.#say("Restarted: nothing has run.");
  }

  /** The code as published. The edits that go can be brought back until the page is left. */
  async reset(): Promise<void> {
    const gone = this.#listEdits();
    if (gone.length === 0) return this.#say("The code is as published.");
    this.#discarded = gone;
    this.#edits.clear();
    this.#keep();
    await this.#reopen();
    this.#notice.show("The code is as published again.", [
      ["Bring my edits back", () => void this.#use(this.#discarded)],
    ]);
  }

  /** Reruns what hangs on a control, where it has run. */
  async move(id: string): Promise<void> {
    if (this.#frame?.ready) await this.run({ cells: "of", control: id });
  }

  /** Copies a link that carries the reader's edits. */
  async copyLink(): Promise<void> {
    const url = new URL(location.href);
    url.hash = await linkFragment(this.#listEdits());
    const long =
      url.href.length > LONGEST
        ? ` It has ${url.href.length} characters, and some programs cut such links.`
        : "";
    await this.#copy(url.href, `The link to your edits is copied.${long}`);
  }

  /** Shows the code that a link carries, and takes it in only when the reader says so. */
  async offer(fragment: string): Promise<void> {
    let carried: Edit[];
    try {
      carried = await linkedEdits(fragment);
    } catch (error) {
      return this.#notice.show((error as Error).message, []);
    }
    const { fitting, outdated } = sortEdits(carried, this.#published);
    const differences = fitting.map(({ number, source }) => {
      const heading = document.createElement("p");
      heading.textContent = `Cell ${number}`;
      return [heading, differenceOf(this.#published[number - 1]!, source)];
    });
    const old =
      outdated.length > 0 ? ` ${outdated.length} of its cells changed here since and are left out.` : "";
    const mine = this.#edits.size > 0 ? " It would take the place of your own edits." : "";
    this.#notice.show(
      `This link carries edited code for ${cellsText(fitting.length)}.${old}${mine} Nothing of it runs unless you run it.`,
      fitting.length === 0
        ? []
        : [
            ["Use this code", () => void this.#use(fitting)],
            ["Keep the page as it is", () => this.#notice.hide()],
          ],
      differences.flat(),
    );
  }

  /** Runs the notebook with one of its common mistakes made; the page's own code is not changed. */
  async tryMistake(id: string): Promise<void> {
    const mistake = this.#facts.mistakes.find((one) => one.id === id);
    if (!mistake || this.#running) return;
    this.#close();
    this.#mistake = mistake;
    const before = this.#scaleInput().value;
    this.#scaleInput().value = mistake.scale ?? "quick";
    this.#notice.show(`The notebook runs with a mistake in it: ${mistake.name}.`, [
      ["Undo the mistake", () => void this.#undoMistake(before)],
    ]);
    this.#root.scrollIntoView({ block: "start" });
    await this.run({ cells: "all" });
    const standing = mistake.breaks.filter((claim) => this.#claims.get(claim)?.verdict !== "fails");
    const words =
      standing.length === 0
        ? `Caught: with the mistake “${mistake.name}”, ${listText(mistake.breaks)} turned red.`
        : `Not caught here: with the mistake “${mistake.name}”, ${listText(standing)} still stood.`;
    this.#notice.say(words);
    this.#say(words);
  }

  /** Copies what this machine measured. */
  async copyReceipt(form: "Markdown" | "JSON"): Promise<void> {
    if (this.#claims.size === 0) return this.#say("Nothing has been measured here yet: press Run all first.");
    const receipt = this.#receipt();
    const text = form === "JSON" ? JSON.stringify(receipt, null, 2) : receiptMarkdown(receipt);
    await this.#copy(text, `The receipt is copied as ${form}.`);
  }

  #open(): OpenedFrame {
    if (this.#frame) return this.#frame;
    const { slug } = this.#facts;
    const src = this.#root.dataset.host ?? "";
    const opened = openFrame(this.#place, { src, slug, cells: this.#cells() }, (report) =>
      this.#hear(report),
    );
    this.#frame = { opened, devices: this.#devices().join(), ready: false };
    const made = this.#frame;
    opened.then(
      (frame) => {
        made.ready = true;
        frame.set(this.#settings());
      },
      () => (this.#frame = this.#frame === made ? undefined : this.#frame),
    );
    return made;
  }

  #show({ element }: NotebookFrame): void {
    delete element.dataset.hidden;
    for (const cell of this.#statics) cell.hidden = true;
  }

  /** Ends what runs, frees the frame, and shows the static cells again. */
  #close(): void {
    void this.#frame?.opened.then(
      (frame) => frame.close(),
      () => {},
    );
    this.#frame = undefined;
    this.#device = undefined;
    for (const cell of this.#statics) cell.hidden = false;
    if (this.#running) this.#ended();
  }

  /** Hands settings on to a frame that is open already; a device that runs stays until all is run again. */
  async #set(): Promise<void> {
    if (!this.#frame?.ready) return;
    (await this.#frame.opened).set(this.#settings());
    if (this.#device && !this.#running) this.#say("This takes effect with the next Run all.");
  }

  async #reopen(): Promise<void> {
    const shown = this.#statics.some(({ hidden }) => hidden);
    this.#close();
    if (shown) this.#show(await this.#open().opened);
  }

  /** The cells as the frame gets them: the reader's edits in place, a mistake made. */
  #cells(): FrameCell[] {
    let number = 0;
    const cells = this.#statics.map(frameCell).map((cell) => {
      if (cell.type === "code") number++;
      return cell.type === "code" ? { ...cell, content: this.#edits.get(number) ?? cell.content } : cell;
    });
    if (!this.#mistake) return cells;
    const code = applyMistake(this.#published.join(SEAM), this.#mistake).split(SEAM);
    return cells.map((cell) => (cell.type === "code" ? { ...cell, content: code.shift()! } : cell));
  }

  async #undoMistake(scale: string): Promise<void> {
    this.#mistake = undefined;
    this.#scaleInput().value = scale;
    this.#close();
    clearClaims();
    this.#notice.hide();
    this.#say("The mistake is undone. The outputs below are those of the recorded run.");
  }

  async #use(edits: readonly Edit[]): Promise<void> {
    this.#discarded = this.#listEdits();
    this.#edits = new Map(edits.map(({ number, source }) => [number, source]));
    this.#keep();
    this.#notice.hide();
    if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
    this.#close();
    this.#show(await this.#open().opened);
    this.#say(`The code of ${cellsText(edits.length)} is in place. Press Run all to run it.`);
  }

  #hear(report: Report): void {
    switch (report.kind) {
      case "download":
        if (!this.#device && this.#running)
          this.#tell(`Loading: ${size(report.bytes)} of ${size(this.#facts.bytes)}, unpacked`);
        return;
      case "stage":
        return this.#tell(`${report.text} …`);
      case "device":
        return this.#hearDevice(report.device);
      case "began":
        return this.#hearBegin(report.which);
      case "progress":
        return this.#hearProgress(report);
      case "cell":
        if (report.state === "running") this.#tell(`${this.#on()}: cell ${report.number} runs …`);
        if (report.state === "stale") this.#root.dataset.stale = "";
        return;
      case "claim":
        this.#claims.set(report.claim.id, report.claim);
        return showClaim(
          report.claim,
          this.#facts.recorded[this.#scale]?.find(({ id }) => id === report.claim.id),
        );
      case "edited":
        return this.#hearEdit(report.number, report.source);
      case "end":
        return this.#hearEnd(report);
    }
  }

  #hearDevice(device: Device): void {
    this.#device = device;
    this.#root.dataset.device = device.name;
    const none = device.refused.find(({ name }) => name === "webgpu");
    if (!none || this.#mistake) return;
    const advice = webGpuAdvice({
      userAgent: navigator.userAgent,
      isSecure: isSecureContext,
      hasInterface: "gpu" in navigator,
    });
    this.#notice.show(
      `No WebGPU (${none.why}), so this runs on ${device.name}, slower but with the same claims. ${advice}`,
      [],
    );
  }

  #hearBegin(which: Which): void {
    this.#running ??= Promise.withResolvers<void>();
    this.#root.dataset.running = "";
    delete this.#root.dataset.ended;
    this.#clock = new StageClock();
    if (which.cells !== "all") return;
    this.#scale = this.#settings().scale;
    this.#claims.clear();
    clearClaims();
  }

  #hearProgress({ progress }: Extract<Report, { kind: "progress" }>): void {
    this.#tell(`${this.#on()}: ${this.#clock.tell(progress, performance.now())}`);
    const bar = this.#part<HTMLProgressElement>("[data-progress]");
    bar.hidden = false;
    bar.max = progress.steps;
    bar.value = progress.step;
  }

  #hearEdit(number: number, source: string): void {
    if (this.#mistake) return;
    if (source === this.#published[number - 1]) this.#edits.delete(number);
    else this.#edits.set(number, source);
    this.#keep();
  }

  #hearEnd({ seconds, stopped, failure }: Extract<Report, { kind: "end" }>): void {
    const time = `${seconds.toFixed(1)} s`;
    this.#root.dataset.ended = failure ? "badly" : stopped ? "stopped" : "well";
    if (failure) {
      this.#say(failure.cell > 0 ? `Cell ${failure.cell} failed: ${failure.words}` : failure.words);
      if (failure.fault) this.#offerNextDevice(failure.words);
    } else if (stopped) this.#say(`Stopped after ${time}. Numbers computed so far stay.`);
    else this.#say(`Done in ${time}. ${this.#on()}${this.#why()}`);
    this.#ended();
  }

  #ended(): void {
    delete this.#root.dataset.running;
    this.#part("[data-progress]").hidden = true;
    this.#running?.resolve();
    this.#running = undefined;
  }

  /** The device is of no more use: its frame goes with it, and the next one is offered. */
  #offerNextDevice(words: string): void {
    const next = ORDER[ORDER.indexOf(this.#device?.name ?? "cpu") + 1];
    const retry = (device: string): [string, () => void] => [
      device === this.#device?.name ? `Try ${device} again` : `Run on ${device}`,
      () => {
        this.#notice.hide();
        this.#close();
        this.#deviceInput().value = device;
        void this.run({ cells: "all" });
      },
    ];
    this.#notice.show(words, [...(next ? [retry(next)] : []), retry(this.#device?.name ?? "wasm")]);
  }

  #receipt(): Receipt {
    const { technique, source, versions, recorded } = this.#facts;
    return {
      technique,
      page: location.origin + location.pathname,
      date: new Date().toISOString(),
      device: this.#device?.name ?? "unknown",
      adapter: this.#device?.adapter ?? "unknown",
      browser: navigator.userAgent,
      scale: this.#scale,
      versions,
      source,
      edited: [...this.#edits.keys()].sort((a, b) => a - b),
      ...(this.#mistake && { mistake: this.#mistake.name }),
      controls: this.#settings().controls,
      claims: [...this.#claims.values()].map(({ id, says, bound, measured, unit, verdict }) => ({
        id,
        says,
        bound,
        measured,
        unit,
        verdict,
        recorded: recorded[this.#scale]?.find((claim) => claim.id === id)?.measured,
      })),
    };
  }

  #settings(): Settings {
    return {
      scale: this.#scaleInput().value as Scale,
      devices: this.#devices(),
      controls: moved(this.#root, this.#facts.controls),
    };
  }

  #devices(): DeviceName[] {
    const chosen = this.#deviceInput().value as DeviceName | "";
    return chosen ? [chosen] : [];
  }

  #scaleInput(): HTMLSelectElement {
    return this.#part<HTMLSelectElement>("[data-scale]");
  }

  #deviceInput(): HTMLSelectElement {
    return this.#part<HTMLSelectElement>("[data-device]");
  }

  #listEdits(): Edit[] {
    return [...this.#edits].map(([number, source]) => ({
      number,
      of: markOf(this.#published[number - 1] ?? ""),
      source,
    }));
  }

  #keep(): void {
    const refusal = keepEdits(this.#facts.slug, this.#listEdits());
    if (refusal) this.#notice.show(refusal, []);
    this.#showEdits();
  }

  #showEdits(): void {
    this.#part("[data-edited]").hidden = this.#edits.size === 0;
    this.#part("[data-edited-cells]").textContent = `Edited: ${cellsText(this.#edits.size)}`;
  }

  #tellOutdated(outdated: readonly Edit[]): void {
    const sources = outdated.map(({ number, source }) => {
      const element = document.createElement("pre");
      element.className = "difference";
      element.tabIndex = 0;
      element.textContent = `// cell ${number}\n${source}`;
      return element;
    });
    this.#notice.show(
      `You edited ${cellsText(outdated.length)} of an earlier version of this notebook. The page has changed there since, so that the published code runs; yours is below, to copy from.`,
      [["Discard my old edits", () => (this.#keep(), this.#notice.hide())]],
      sources,
    );
  }

  async #copy(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#say(done);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.readOnly = true;
      area.rows = 6;
      this.#notice.show("This browser does not let the page copy. Copy the text yourself:", [], [area]);
      area.select();
    }
  }

  #on(): string {
    return this.#device ? `On ${this.#device.name} (${this.#device.adapter})` : "Starting";
  }

  #why(): string {
    const refused = this.#device?.refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
    return refused ? `. Not used: ${refused}.` : ".";
  }

  /** Shows where a run stands; too often for a screen reader. */
  #tell(text: string): void {
    this.#part("[data-status]").textContent = text;
  }

  /** Shows a result, and has it read out. */
  #say(text: string): void {
    this.#tell(text);
    this.#part("[data-said]").textContent = text;
  }

  #part<E extends HTMLElement = HTMLElement>(selector: string): E {
    const element = this.#root.querySelector<E>(selector);
    if (!element) throw new Error(`LiveNotebook: expected a panel with ${selector}, found none`);
    return element;
  }
}

/** A static cell as the frame wants it. The highlighted code's text is the source, character for character. */
function frameCell(element: HTMLElement): FrameCell {
  if (element.dataset.cell === "prose") return { type: "prose", content: element.innerHTML };
  return { type: "code", content: element.querySelector("pre")?.textContent ?? "" };
}

function cellsText(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

/** Claims by their ids, as words: "a", "a and b", "a, b and c". */
function listText(ids: readonly string[]): string {
  const names = ids.map((id) => `“${id.replaceAll("-", " ")}”`);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
