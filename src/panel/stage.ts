import type { Progress } from "#lab/session";

/** How many steps a rate is taken over: the last ones tell more than the first, which compile. */
const WINDOW = 20;

/** Where a training stands, with the time that is left, told from its last steps. */
export class StageClock {
  #stage = "";
  #seen: { step: number; at: number }[] = [];

  /** The sentence for a step, at a time in ms: "pre-LN, seed 0: step 12 of 64, 3 s left". */
  tell({ stage, step, steps, loss }: Progress, now: number): string {
    if (stage !== this.#stage || step <= (this.#seen.at(-1)?.step ?? 0)) {
      this.#stage = stage;
      this.#seen = [];
    }
    this.#seen.push({ step, at: now });
    if (this.#seen.length > WINDOW) this.#seen.shift();
    const first = this.#seen[0]!;
    const rate = step > first.step ? (now - first.at) / (step - first.step) : undefined;
    const left = rate === undefined || step === steps ? "" : `, ${duration((steps - step) * rate)} left`;
    return `${stage}: step ${step} of ${steps}${left}${loss === undefined ? "" : `, loss ${loss.toPrecision(4)}`}`;
  }
}

/** A time in ms, in whole seconds or minutes: "under 1 s", "12 s", "3 min". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return "under 1 s";
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Bytes in the unit that fits: "820 kB", "1.2 MB". */
export function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
