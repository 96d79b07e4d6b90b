import * as tf from "@tensorflow/tfjs-core";
import type { Control } from "#lab/control";
import { startDevice } from "#lab/device";
import { type Progress, startSession } from "#lab/session";
import { compile } from "#notebook/compiled";
import { dependents, type CellNames } from "#notebook/dependence";
import { displayed, type ViewTensor } from "#notebook/displayed";
import { explain } from "#notebook/explanation";
import type { Failure, Report, Settings, Which } from "#notebook/message";
import { CellRunError, emptyScope, runCell, type Scope } from "#notebook/run";
import type { TypeScriptCell } from "#notebook/starboard/cell-types";
import { hearConsole } from "#notebook/starboard/console";
import { watchKernels } from "#notebook/starboard/kernels";
import { LiveCurve } from "#notebook/starboard/live-curve";
import { loadModule } from "#notebook/starboard/modules";
import { Stopped, stoppable, type Stoppable } from "#notebook/starboard/stop";

/** What a notebook needs from the frame that it is open in. */
export interface Surroundings {
  slug: string;
  /** URL of the site's root, with its trailing slash. */
  base: string;
  report: (report: Report) => void;
}

/** The least time from one live curve to the next, in ms. */
const PAUSE = 250;

const viewTensor: ViewTensor = async (tensor) => (await import("#lab/figure/tensor-view")).tensorView(tensor);

/** The open notebook: its code cells, what they declared, and the one run that may be under way. */
export class OpenNotebook {
  readonly #around: Surroundings;
  readonly #cells: TypeScriptCell[] = [];
  #settings: Settings = { scale: "full", devices: [], controls: {} };
  /** The scale of the scope: single cells go on with what the last clean start had. */
  #scale: Settings["scale"] = "full";
  #scope: Scope = emptyScope();
  #device: Promise<unknown> | undefined;
  /** The source that each finished cell ran with. */
  readonly #finished = new Map<number, string>();
  /** The cell that declares a control, by the control's id. */
  readonly #controls = new Map<string, number>();
  #started = false;
  #turn = 0;
  #running: { which: Which; run: Stoppable; ended: Promise<void> } | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes in a code cell; its number is its place. */
  add(cell: TypeScriptCell): number {
    return this.#cells.push(cell);
  }

  /** Puts the cursor into the next cell's code. */
  focusAfter(number: number): void {
    this.#cells[number]?.focusEditor({ position: "start" });
  }

  set(settings: Settings): void {
    this.#settings = settings;
  }

  /** Ends the run under way, at once where a cell waits; resolves when its cells have let go. */
  async stop(): Promise<void> {
    this.#running?.run.stop();
    await this.#running?.ended;
  }

  /** A cell's source has changed: what it and the cells after it showed is out of date. */
  edited(number: number, source: string): void {
    this.#around.report({ kind: "edited", number, source });
    this.#outdate(dependents(this.#names(), number));
  }

  /**
   * Runs cells. While there is a run under way other wishes are dropped, but for a control's: it waits for the end, or
   * ends the run that an earlier move began.
   */
  async run(which: Which): Promise<void> {
    if (this.#running && which.cells !== "of") return;
    const turn = ++this.#turn;
    if (this.#running?.which.cells === "of") await this.stop();
    await this.#running?.ended;
    // A later move of a control has overtaken this one.
    if (turn !== this.#turn) return;
    const run = stoppable();
    const ended = this.#run(which, run);
    this.#running = { which, run, ended };
    await ended;
    if (this.#running.run === run) this.#running = undefined;
  }

  async #run(which: Which, run: Stoppable): Promise<void> {
    const { report } = this.#around;
    const began = performance.now();
    let outcome: { stopped?: true; failure?: Failure } = {};
    report({ kind: "began", which });
    try {
      if (which.cells === "all") this.#clean();
      for (const number of this.#chosen(which)) await this.#runCell(number, run);
    } catch (error) {
      outcome = error instanceof Stopped ? { stopped: true } : { failure: error as Failure };
    }
    report({ kind: "end", seconds: (performance.now() - began) / 1000, ...outcome });
  }

  /** The code cells that a wish comes down to, in order. */
  #chosen(which: Which): number[] {
    const all = this.#cells.map((_, i) => i + 1);
    if (which.cells === "one") return [which.number];
    if (which.cells === "up to") {
      return all.filter((n) => n === which.number || (n < which.number && !this.#isCurrent(n)));
    }
    if (which.cells === "all") return all;
    const declaring = this.#controls.get(which.control);
    if (!declaring) return [];
    return dependents(this.#names(), declaring).filter((n) => this.#finished.has(n));
  }

  #isCurrent(number: number): boolean {
    return this.#finished.get(number) === this.#cells[number - 1]?.source;
  }

  /** Starts over: nothing is declared, and the tensors of earlier runs are freed. */
  #clean(): void {
    this.#scope = emptyScope();
    this.#scale = this.#settings.scale;
    this.#finished.clear();
    for (const cell of this.#cells) cell.clear();
    this.#free();
  }

  /** Gives back what tensors of earlier runs hold. */
  #free(): void {
    if (!this.#started) return;
    tf.engine().endScope();
    tf.engine().startScope();
  }

  /** @throws Stopped; or a Failure, which the cell shows */
  async #runCell(number: number, run: Stoppable): Promise<void> {
    const { slug, report } = this.#around;
    const cell = this.#cells[number - 1]!;
    const output = cell.newOutput();
    const losses = new LiveCurve();
    let drawn = 0;
    const onProgress = (progress: Progress) => {
      report({ kind: "progress", progress });
      if (!losses.add(progress) || performance.now() - drawn < PAUSE) return;
      output.showLive({ kind: "figure", figure: losses.figure() });
      drawn = performance.now();
    };
    startSession({
      scale: this.#scale,
      signal: run.signal,
      onProgress,
      onFigure: (figure) => output.showLive({ kind: "figure", figure }),
      controls: this.#settings.controls,
      onControl: (control) => this.#declare(control, number),
      onClaim: (claim) => {
        output.claim(claim);
        report({ kind: "claim", claim });
      },
      readAsset: (path) => this.#read(path, run.signal),
      document,
    });
    const source = cell.source;
    let start = performance.now();
    const show = (state: "running" | "done" | "failed" | "stopped") => {
      const ms = state === "running" ? undefined : performance.now() - start;
      cell.showState(state, ms);
      report({ kind: "cell", number, state, ...(ms !== undefined && { ms }) });
    };
    const release = hearConsole((line) => output.log(line));
    const unwatch = watchKernels(
      () => this.#started,
      (count) => report({ kind: "stage", text: `Compiling: ${count} kernels so far` }),
    );
    try {
      await run.hold((this.#device ??= this.#start()));
      start = performance.now();
      show("running");
      const context = { slug, scope: this.#scope, load: loadModule, hold: run.hold };
      const value = await runCell({ number, source }, context);
      const shown = await displayed(value, viewTensor);
      if (shown) output.show(shown);
      this.#finished.set(number, source);
      show("done");
      this.#outdate(dependents(this.#names(), number).slice(1));
    } catch (error) {
      const cause = error instanceof CellRunError ? error.cause : error;
      if (cause instanceof Stopped) {
        output.stopped();
        show("stopped");
        throw cause;
      }
      const told = error instanceof CellRunError ? error : new CellRunError(number, undefined, error);
      const explanation = explain(told, slug, this.#names());
      output.fail(explanation);
      show("failed");
      const { words, fault } = explanation;
      if (fault) this.#free();
      throw { cell: number, words, ...(fault && { fault }) } satisfies Failure;
    } finally {
      release();
      unwatch();
    }
  }

  async #start(): Promise<void> {
    const { report, base } = this.#around;
    report({ kind: "stage", text: "Choosing a device" });
    const { devices } = this.#settings;
    const device = await startDevice(devices.length > 0 ? devices : undefined, {
      wasmPath: `${base}tensorflow/`,
    });
    tf.engine().startScope();
    this.#started = true;
    report({ kind: "device", device });
  }

  async #read(path: string, signal: AbortSignal): Promise<ArrayBuffer> {
    this.#around.report({ kind: "stage", text: `Fetching ${path}` });
    const response = await fetch(this.#around.base + path, { signal });
    if (!response.ok) {
      throw new Error(
        `readAsset: ${path}: the server answered ${response.status}: reload the page and run again`,
      );
    }
    return response.arrayBuffer();
  }

  #declare(control: Control, number: number): void {
    this.#controls.set(control.id, number);
    this.#around.report({ kind: "control", control });
  }

  #outdate(numbers: number[]): void {
    for (const number of numbers.filter((n) => this.#finished.has(n))) {
      this.#finished.delete(number);
      this.#cells[number - 1]!.showState("stale");
      this.#around.report({ kind: "cell", number, state: "stale" });
    }
  }

  /** What each cell declares and uses; nothing of a cell that does not compile. */
  #names(): CellNames[] {
    return this.#cells.map(({ source }, i) => {
      const number = i + 1;
      try {
        return { number, ...compile(source, "") };
      } catch {
        return { number, declares: [], uses: [] };
      }
    });
  }
}
