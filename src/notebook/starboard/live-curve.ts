import { curve } from "#lab/figure/curve";
import type { Figure } from "#lab/figure/figure";
import type { Progress } from "#lab/session";

/** As many as there are colours. */
const MOST_STAGES = 4;
/** Points of one line: more can't be told apart, and cost time to draw. */
const MOST_POINTS = 120;

/** The losses of a cell's trainings while they run, as one figure. */
export class LiveCurve {
  readonly #stages = new Map<string, number[]>();

  /** Takes in one step; says whether there is a curve to draw. */
  add({ stage, loss }: Progress): boolean {
    if (loss === undefined) return false;
    const losses = this.#stages.get(stage) ?? [];
    this.#stages.set(stage, losses);
    losses.push(loss);
    return losses.length > 1;
  }

  /** The last trainings, each a line: the loss over the steps. */
  figure(): Figure {
    const lines = [...this.#stages].slice(-MOST_STAGES).map(([name, losses]) => {
      const stride = Math.ceil(losses.length / MOST_POINTS);
      const steps = losses.map((_, step) => step).filter((step) => step % stride === 0);
      return { name, x: steps.map((step) => step + 1), y: steps.map((step) => losses[step]!) };
    });
    return curve(lines, {
      title: "Training loss, while it runs",
      description: `The loss of ${lines.map(({ name }) => name).join(", ")} over the steps so far.`,
      x: { label: "step" },
      y: { label: "loss" },
    });
  }
}
