/** A line that a cell wrote to the console. */
export interface ConsoleLine {
  method: Method;
  data: unknown[];
}

const METHODS = ["debug", "log", "info", "warn", "error"] as const;
type Method = (typeof METHODS)[number];

declare global {
  interface Window {
    /** The console's own methods, from before Starboard put its own in their place: see the guard. */
    plainConsole?: Pick<Console, Method>;
  }
}

let listener: ((line: ConsoleLine) => void) | undefined;

/**
 * Hands what is written to the console to one listener at a time, as it is written, and to the browser's own console.
 * Starboard's catcher copies every object and tells of it later: a loop that logs would wait for it, and the lines
 * would come after the cell has ended.
 */
export function takeConsole(): void {
  const plain = window.plainConsole ?? { ...console };
  for (const method of METHODS) {
    console[method] = (...data: unknown[]) => {
      listener?.({ method, data });
      plain[method].apply(console, data);
    };
  }
}

/** Hears the console until the returned function is called. */
export function hearConsole(hear: (line: ConsoleLine) => void): () => void {
  listener = hear;
  return () => {
    if (listener === hear) listener = undefined;
  };
}
