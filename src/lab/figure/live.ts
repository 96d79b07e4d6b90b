import type { Figure } from "#lab/figure/figure";
import { session } from "#lab/session";

/** The least time from one drawing to the next, in ms: often enough to move, seldom enough to cost little. */
const PAUSE = 250;

let drawn = -Infinity;

/**
 * Draws a figure of a computation that still runs, at most four times a second and only where someone is looking.
 * @param draw makes the figure; it is called only when it will be shown
 */
export function showLive(draw: () => Figure): void {
  const { onFigure } = session();
  if (!onFigure || performance.now() - drawn < PAUSE) return;
  onFigure(draw());
  drawn = performance.now();
}
