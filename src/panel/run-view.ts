import type { Claim } from "#lab/claim";
import type { Device } from "#lab/device";
import type { Scale } from "#lab/session";
import type { Report, Settings } from "#notebook/message";
import type { NotebookFacts } from "#panel/facts";
import type { Panel } from "#panel/parts";
import { clearClaims, showClaim } from "#panel/row";
import { size, StageClock } from "#panel/stage";

/** What the page shows of a run: stages and steps in the panel, numbers in the claims table. */
export class RunView {
  readonly #panel: Panel;
  readonly #facts: NotebookFacts;
  readonly #settings: () => Settings;
  #clock = new StageClock();
  #claims = new Map<string, Claim>();
  #device: (Device & { asked: string }) | undefined;
  #scale: Scale = "full";

  constructor(panel: Panel, facts: NotebookFacts, settings: () => Settings) {
    this.#panel = panel;
    this.#facts = facts;
    this.#settings = settings;
  }

  /** What runs, and which devices were asked for when it started; undefined before a device has started. */
  get device(): (Device & { asked: string }) | undefined {
    return this.#device;
  }

  /** What has been measured here, by the claim's id. */
  get claims(): ReadonlyMap<string, Claim> {
    return this.#claims;
  }

  /** The size of what has been measured. */
  get scale(): Scale {
    return this.#scale;
  }

  /** The frame is gone, and its device with it; what was measured stays. */
  forgetDevice(): void {
    this.#device = undefined;
  }

  /** Empties the column of this device. */
  clear(): void {
    this.#claims.clear();
    clearClaims();
  }

  /** Shows what the frame tells. */
  hear(report: Report): void {
    switch (report.kind) {
      case "download":
        if (!this.#device && "running" in this.#panel.root.dataset)
          this.#panel.tell(`Loading: ${size(report.bytes)} of ${size(this.#facts.bytes)}, unpacked`);
        return;
      case "stage":
        return this.#panel.tell(`${report.text} …`);
      case "device":
        this.#device = { ...report.device, asked: this.#settings().devices.join() };
        this.#panel.root.dataset.device = report.device.name;
        return;
      case "began":
        this.#panel.running(true);
        this.#clock = new StageClock();
        if (report.which.cells !== "all") return;
        this.#scale = this.#settings().scale;
        return this.clear();
      case "progress":
        this.#panel.tell(`${this.#on()}: ${this.#clock.tell(report.progress, performance.now())}`);
        return this.#panel.showProgress(report.progress);
      case "cell":
        if (report.state === "running") this.#panel.tell(`${this.#on()}: cell ${report.number} runs …`);
        return;
      case "claim":
        return this.#showClaim(report.claim);
      case "end":
        return this.#showEnd(report);
    }
  }

  #showClaim(claim: Claim): void {
    this.#claims.set(claim.id, claim);
    showClaim(
      claim,
      this.#facts.recorded[this.#scale]?.find(({ id }) => id === claim.id),
    );
  }

  #showEnd({ seconds, stopped, failure }: Extract<Report, { kind: "end" }>): void {
    const time = `${seconds.toFixed(1)} s`;
    this.#panel.root.dataset.ended = failure ? "badly" : stopped ? "stopped" : "well";
    if (failure) {
      this.#panel.say(failure.cell > 0 ? `Cell ${failure.cell} failed: ${failure.words}` : failure.words);
    } else if (stopped) this.#panel.say(`Stopped after ${time}. Numbers computed so far stay.`);
    else this.#panel.say(`Done in ${time}. ${this.#on()}${this.#why()}`);
  }

  #on(): string {
    return this.#device ? `On ${this.#device.name} (${this.#device.adapter})` : "Starting";
  }

  #why(): string {
    const refused = this.#device?.refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
    return refused ? `. Not used: ${refused}.` : ".";
  }
}
