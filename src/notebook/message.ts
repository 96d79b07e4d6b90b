import type { Claim } from "#lab/claim";
import type { Device, DeviceName } from "#lab/device";
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

/** What the page asks of the notebook's frame. Code travels only from the page to the frame. */
export type Request =
  | { type: "benchtop:open"; slug: string; cells: FrameCell[]; look: Look }
  | { type: "benchtop:run"; scale: Scale; devices: DeviceName[] };

/** What the frame tells the page. */
export type Report =
  | { kind: "ready" }
  | { kind: "opened" }
  | { kind: "height"; pixels: number }
  | { kind: "stage"; text: string }
  | { kind: "device"; device: Device }
  | { kind: "progress"; progress: Progress }
  | { kind: "cell"; number: number; state: "running" | "done" | "failed"; ms?: number }
  | { kind: "claim"; claim: Claim }
  | { kind: "end"; seconds: number; failure?: string };

/** The envelope of a report: Starboard sends messages of its own through the same channel. */
export interface ReportMessage {
  type: "benchtop:report";
  report: Report;
}
