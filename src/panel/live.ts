import type { Device, DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import type { FrameCell, Report, Settings, Which } from "#notebook/message";
import { webGpuAdvice } from "#panel/advice";
import { copyText } from "#panel/clipboard";
import { differenceOf } from "#panel/difference";
import { factsOf, type NotebookFacts } from "#panel/facts";
import { FrameSlot } from "#panel/frame-slot";
import { moved } from "#panel/knobs";
import { linkFragment, LONGEST } from "#panel/link";
import { Notice } from "#panel/notice";
import { offerLinked, showOutdated } from "#panel/offers";
import { Panel } from "#panel/parts";
import { ReaderCode } from "#panel/reader-code";
import { receiptMarkdown, receiptOf } from "#panel/receipt";
import { RunView } from "#panel/run-view";
import { cellsText, claimsText } from "#panel/words";

const ORDER: DeviceName[] = ["webgpu", "webgl", "wasm", "cpu"];

/**
 * A page's notebook, live: the frame that takes the place of the static cells, the reader's code, and what the panel, the
 * claims table and the mistakes tell of a run. One run at a time; the frame is freed with the page.
 */
export class LiveNotebook {
  readonly #panel: Panel;
  readonly #facts: NotebookFacts;
  readonly #notice: Notice;
  readonly #code: ReaderCode;
  readonly #slot: FrameSlot;
  readonly #view: RunView;
  #running: PromiseWithResolvers<void> | undefined;

  constructor(root: HTMLElement) {
    this.#panel = new Panel(root);
    this.#facts = factsOf(root);
    this.#view = new RunView(this.#panel, this.#facts, () => this.#settings());
    this.#notice = new Notice(this.#panel.notice, (words) => this.#panel.announce(words));
    this.#code = new ReaderCode(this.#facts.slug, this.#panel.statics.map(frameCell));
    this.#slot = new FrameSlot(this.#panel, {
      slug: this.#facts.slug,
      cells: () => this.#code.cells(),
      settings: () => this.#settings(),
      onReport: (report) => this.#hear(report),
    });
    const { outdated } = this.#code;
    if (outdated.length > 0)
      showOutdated(this.#notice, outdated, () => (this.#code.keep(), this.#notice.hide()));
    this.#panel.showEdited(this.#code.edits.length);
    for (const input of [this.#panel.scale, this.#panel.device]) {
      input.addEventListener("change", () => this.#set());
    }
    addEventListener("pagehide", () => this.#close());
  }

  /** Fetches what a run needs, without running anything. */
  async warm(): Promise<void> {
    await this.#slot.open().catch(() => {});
  }

  /** Runs cells and resolves when they have ended, well or badly. */
  async run(which: Which): Promise<void> {
    if (this.#running && which.cells !== "of") return;
    const ended = (this.#running ??= Promise.withResolvers<void>());
    try {
      if (this.#view.device && this.#view.device.asked !== this.#settings().devices.join())
        this.#close(false);
      this.#panel.running(true);
      if (!this.#slot.frame) this.#panel.say("Loading the notebook …");
      const frame = await this.#slot.show();
      if (!frame) return;
      frame.set(this.#settings());
      frame.run(which);
      await ended.promise;
    } catch (error) {
      if (this.#running !== ended) return;
      this.#panel.say((error as Error).message);
      this.#ended();
    }
  }

  /** Asks the run under way to end. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#panel.say("Stopping …");
    if (this.#slot.frame) return this.#slot.frame.stop();
    this.#close();
    this.#panel.say("Stopped before anything ran.");
  }

  /** A clean state: nothing has run, and edits are kept. */
  async restart(): Promise<void> {
    this.#close();
    this.#view.clear();
    this.#panel.say("Restarting …");
    if (await this.#slot.show()) this.#panel.say("Restarted: nothing has run.");
  }

  /** The code as published. The edits that go can be brought back until the page is left. */
  async reset(): Promise<void> {
    if (this.#code.edits.length === 0) return this.#panel.say("The code is as published.");
    this.#kept(this.#code.replace([]));
    const shown = this.#panel.isLive;
    this.#close();
    if (shown) await this.#slot.show();
    this.#notice.show("The code is as published again.", [
      ["Bring my edits back", () => void this.#taken(this.#code.swapBack())],
    ]);
  }

  /** Runs again what hangs on a control, where it has run. */
  async move(id: string): Promise<void> {
    if (this.#view.device) await this.run({ cells: "of", control: id });
  }

  /** Copies a link that carries the reader's edits. */
  async copyLink(): Promise<void> {
    const url = new URL(location.href);
    url.hash = await linkFragment(this.#code.edits);
    const { length } = url.href;
    const long = length > LONGEST ? ` It has ${length} characters, and some programs cut such links.` : "";
    await this.#copy(url.href, `The link to your edits is copied.${long}`);
  }

  /** Shows the code that a link carries, and takes it in only when the reader says so. */
  offer(fragment: string): Promise<void> {
    const { published, edits } = this.#code;
    return offerLinked(
      this.#notice,
      fragment,
      { published, own: edits.length },
      (taken) => void this.#taken(this.#code.replace(taken)),
    );
  }

  /** Runs the notebook with one of its common mistakes made; the reader's own code is not changed. */
  async tryMistake(id: string): Promise<void> {
    const mistake = this.#facts.mistakes.find((one) => one.id === id);
    if (!mistake || this.#running) return;
    this.#close();
    const { scale, root } = this.#panel;
    const before = scale.value;
    this.#code.mistake = mistake;
    scale.value = mistake.scale ?? "quick";
    const undo = () => {
      this.#code.mistake = undefined;
      scale.value = before;
      this.#close();
      this.#view.clear();
      this.#notice.hide();
      this.#panel.say("The mistake is undone. The outputs below are those of the recorded run.");
    };
    this.#notice.show(
      `The notebook runs with a mistake in it: ${mistake.name}.`,
      [["Undo the mistake", undo]],
      this.#code.changed().map(({ before, after }) => differenceOf(before, after)),
    );
    root.scrollIntoView({ block: "start" });
    await this.run({ cells: "all" });
    if (root.dataset.ended === "stopped") return;
    const standing = mistake.breaks.filter((claim) => this.#view.claims.get(claim)?.verdict !== "fails");
    const words =
      standing.length === 0
        ? `Caught: with the mistake “${mistake.name}”, ${claimsText(mistake.breaks)} turned red.`
        : `Not caught here: with the mistake “${mistake.name}”, ${claimsText(standing)} still stood.`;
    this.#notice.say(words);
  }

  /** Copies what this machine measured. */
  async copyReceipt(form: "Markdown" | "JSON"): Promise<void> {
    const { device, claims, scale } = this.#view;
    if (!device || claims.size === 0)
      return this.#panel.say("Nothing has been measured here yet: press Run all first.");
    const receipt = receiptOf(this.#facts, {
      claims: [...claims.values()],
      device,
      scale,
      controls: this.#settings().controls,
      edited: this.#code.edits.map(({ number }) => number),
      mistake: this.#code.mistake?.name,
    });
    const text = form === "JSON" ? JSON.stringify(receipt, null, 2) : receiptMarkdown(receipt);
    await this.#copy(text, `The receipt is copied as ${form}.`);
  }

  /** Ends what runs, and frees the frame. */
  #close(endsRun = true): void {
    this.#slot.empty();
    this.#view.forgetDevice();
    if (endsRun && this.#running) this.#ended();
  }

  /** Opens the live cells with code that has just been put in place. */
  async #taken(notice: string | undefined): Promise<void> {
    this.#notice.hide();
    this.#kept(notice);
    if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
    this.#close();
    await this.#slot.show();
    this.#panel.say(
      `The code of ${cellsText(this.#code.edits.length)} is in place. Press Run all to run it.`,
    );
  }

  #hear(report: Report): void {
    this.#view.hear(report);
    if (report.kind === "device") this.#adviseOn(report.device);
    if (report.kind === "began") this.#running ??= Promise.withResolvers<void>();
    if (report.kind === "edited") this.#kept(this.#code.edit(report.number, report.source));
    if (report.kind !== "end") return;
    if (report.failure?.fault) this.#offerDevices(report.failure.words);
    this.#ended();
  }

  /** Without WebGPU: why, and how to have it. */
  #adviseOn({ name, refused }: Device): void {
    const none = refused.find((device) => device.name === "webgpu");
    if (!none || this.#code.mistake) return;
    const { userAgent } = navigator;
    const advice = webGpuAdvice({ userAgent, isSecure: isSecureContext, hasInterface: "gpu" in navigator });
    this.#notice.show(
      `No WebGPU (${none.why}), so this runs on ${name}, slower but with the same claims. ${advice}`,
    );
  }

  #ended(): void {
    this.#panel.running(false);
    this.#running?.resolve();
    this.#running = undefined;
  }

  /** The device is of no more use: its frame goes with it, and the next one is offered. */
  #offerDevices(words: string): void {
    const name = this.#view.device?.name ?? "cpu";
    const next = ORDER[ORDER.indexOf(name) + 1];
    const on = (device: DeviceName) => () => {
      this.#notice.hide();
      this.#close();
      this.#panel.device.value = device;
      void this.run({ cells: "all" });
    };
    this.#notice.show(words, [
      ...(next ? [[`Run on ${next}`, on(next)] as const] : []),
      [`Try ${name} again`, on(name)],
    ]);
  }

  /** Hands settings on to a frame that is open; a device that runs stays until all is run again. */
  #set(): void {
    this.#slot.frame?.set(this.#settings());
    if (this.#view.device && !this.#running) this.#panel.say("This takes effect with the next Run all.");
  }

  #settings(): Settings {
    const { scale, device, root } = this.#panel;
    return {
      scale: scale.value as Scale,
      devices: device.value ? [device.value as DeviceName] : [],
      controls: moved(root, this.#facts.controls),
    };
  }

  #kept(notice: string | undefined): void {
    if (notice) this.#notice.show(notice);
    this.#panel.showEdited(this.#code.edits.length);
  }

  async #copy(text: string, done: string): Promise<void> {
    const area = await copyText(text);
    if (!area) return this.#panel.say(done);
    this.#notice.show("This browser does not let the page copy. Copy the text yourself:", [], [area]);
    area.select();
  }
}

/** A static cell as the frame wants it. The highlighted code's text is the source, character for character. */
function frameCell(element: HTMLElement): FrameCell {
  if (element.dataset.cell === "prose") return { type: "prose", content: element.innerHTML };
  return { type: "code", content: element.querySelector("pre")?.textContent ?? "" };
}
