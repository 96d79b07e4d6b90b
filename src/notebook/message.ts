import type { Claim } from "#lab/claim";
import type { Control, ControlValue } from "#lab/control";
import type { Device, DeviceName } from "#lab/device";
import type { DeviceFault } from "#lab/device-error";
import type { Progress, Scale } from "#lab/session";

/** A cell as the page hands it to the frame: prose already rendered, code as its source. */
export interface FrameCell {
  type: "prose" | "code";
  /** HTML of a prose cell, TypeScript of a code cell. */
  content: string;
}

/** How the page looks, for the frame to look the same. */
export interface Look {
  /** The theme that the reader chose; undefined when the system decides. */
  theme: string | undefined;
  /** The page's own rules, which its rendered mathematics is placed by. */
  css: string;
}

/** What a run is set to. */
export interface Settings {
  scale: Scale;
  /** The devices to try, in order; all of them where the list is empty. */
  devices: DeviceName[];
  /** What the reader has set, by the control's id. */
  controls: Record<string, ControlValue>;
}

/** Which code cells to run: all from a clean start, one, those up to one, or those that hang on a control. */
export type Which =
  | { cells: "all" }
  | { cells: "one"; number: number }
  | { cells: "up to"; number: number }
  | { cells: "of"; control: string };

/** What the page asks of the notebook's frame. Code travels only from the page to the frame. */
export type Request =
  | { type: "benchtop:open"; slug: string; cells: FrameCell[]; look: Look }
  | { type: "benchtop:set"; settings: Settings }
  | { type: "benchtop:run"; which: Which }
  | { type: "benchtop:stop" };

/** How a code cell stands: `stale` when a cell that it hangs on has changed since it ran. */
export type CellState = "running" | "done" | "failed" | "stopped" | "stale";

/** What ended a run early. */
export interface Failure {
  cell: number;
  /** In plain words. */
  words: string;
  /** What the device did, where it is to blame. */
  fault?: DeviceFault;
}

/** What the frame tells the page. */
export type Report =
  | { kind: "ready" }
  | { kind: "opened" }
  | { kind: "height"; pixels: number }
  | { kind: "download"; bytes: number }
  | { kind: "stage"; text: string }
  | { kind: "device"; device: Device }
  | { kind: "began"; which: Which }
  | { kind: "progress"; progress: Progress }
  | { kind: "cell"; number: number; state: CellState; ms?: number }
  | { kind: "claim"; claim: Claim }
  | { kind: "control"; control: Control }
  | { kind: "edited"; number: number; source: string }
  | { kind: "end"; seconds: number; stopped?: true; failure?: Failure };

/** The envelope of a report: Starboard sends messages of its own through the same channel. */
export interface ReportMessage {
  type: "benchtop:report";
  report: Report;
}
