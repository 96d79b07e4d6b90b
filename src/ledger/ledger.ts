import type { Claim } from "#lab/claim";
import type { Control } from "#lab/control";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import type { Displayed } from "#notebook/displayed";
import type { Mistake } from "#notebook/mistake";

/** What one run of a notebook measured, and on what. */
export interface RecordedRun {
  device: DeviceName;
  /** The hardware or software behind the device, in words. */
  adapter: string;
  scale: Scale;
  /** ISO 8601 day. */
  date: string;
  /** The commit that the run was made from. */
  commit: string;
  /** Wall-clock seconds of all cells. */
  seconds: number;
  /** The most bytes that tensors took at one time. */
  peakBytes: number;
  /** Versions of what computed the numbers, by package. */
  versions: Record<string, string>;
  claims: Claim[];
  /** What the notebook lets the reader set. */
  controls: Control[];
  /** Files of `public/` that the run read. */
  reads: string[];
  /** What each code cell displayed, and the ids of the claims that it measured, by the cell's number. */
  cells: { number: number; displayed?: Displayed; claims?: string[] }[];
}

/** A common mistake without its words, and what came of making it. */
export interface RecordedMistake extends Omit<Mistake, "name" | "why"> {
  /** The claims that failed when the mistake was made. */
  broke: string[];
}

/** `content/ledger/<slug>.json`: written by `npm run record`, never by hand. */
export interface Ledger {
  notebook: string;
  /** SHA-256 of the notebook and of all lab modules that it imports. */
  source: string;
  runs: RecordedRun[];
  mistakes: RecordedMistake[];
  /** SHA-256 of all of the above: see `sealOf`. */
  seal: string;
}
