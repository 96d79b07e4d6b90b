import type { Claim } from "#lab/claim";
import type { Control, ControlValue } from "#lab/control";
import type { Figure } from "#lab/figure/figure";

/** `full` is what readers run and what the ledger records; `quick` is tiny, for software devices in CI. */
export type Scale = "full" | "quick";

/** Where a long computation stands: `step` of `steps` done in `stage`. */
export interface Progress {
  stage: string;
  step: number;
  steps: number;
  /** The training loss of this step, where there is one. */
  loss?: number;
}

/** All that the lab knows of the place that it runs in. */
export interface Session {
  scale: Scale;
  /** Aborted when the reader presses Stop. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Draws a figure of a computation that still runs; where it is left out, nobody is looking. */
  onFigure?: (figure: Figure) => void;
  /** What the reader has set, by the control's id; a control that is not in it has its own value. */
  controls?: Readonly<Record<string, ControlValue>>;
  /** Hears of each control when the notebook declares it. */
  onControl?: (control: Control) => void;
  /** Hears of each claim when the notebook has measured it. */
  onClaim?: (claim: Claim) => void;
  /** Reads a file of `public/`, such as "data/moby-dick.txt". */
  readAsset: (path: string) => Promise<ArrayBuffer>;
  /** What figures are drawn with: the page's document, or one of linkedom in Node. */
  document?: Document;
}

const unset: Session = {
  scale: "full",
  readAsset: (path) =>
    Promise.reject(
      new Error(
        `readAsset: expected a session that can read "${path}", got none: call startSession({ readAsset }) first`,
      ),
    ),
};

let current: Session = unset;

/**
 * Sets what the host of a run provides, before the first cell. What is left out takes its default, so that nothing of
 * an earlier run stays behind.
 */
export function startSession(provided: Partial<Session>): void {
  current = { ...unset, ...provided };
}

/** The session in force. */
export function session(): Session {
  return current;
}
