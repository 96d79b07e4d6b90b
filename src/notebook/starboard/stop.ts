import type { Hold } from "#notebook/run";

/** What a stopped cell throws. */
export class Stopped extends Error {
  override name = "Stopped";
  constructor() {
    super("stopped by the reader");
  }
}

/** A run that a reader can stop. */
export interface Stoppable {
  /** For long computations that look whether they should go on. */
  signal: AbortSignal;
  /** Ends a cell's wait, whatever it waits for, as soon as the run is stopped. */
  hold: Hold;
  stop(): void;
}

/** A new stoppable run. */
export function stoppable(): Stoppable {
  const controller = new AbortController();
  const stopped = Promise.withResolvers<never>();
  // Where no cell waits, nobody hears of the stop.
  stopped.promise.catch(() => {});
  return {
    signal: controller.signal,
    hold: (value) => Promise.race([stopped.promise, value]),
    stop: () => {
      const reason = new Stopped();
      controller.abort(reason);
      stopped.reject(reason);
    },
  };
}
