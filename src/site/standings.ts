import type { Figure } from "#lab/figure/figure";
import { scatter } from "#lab/figure/scatter";
import { pairedDifference } from "#lab/statistics";
import type { Standing, Tournament } from "#ledger/tournament";
import { startLabSession } from "#site/lab-session";

/** A mean over seeds, and the 95 % interval of Student's t around it. */
export interface Estimate {
  mean: number;
  low: number;
  high: number;
}

/** The mean and interval of one number per seed. */
export function estimate(perSeed: readonly number[]): Estimate {
  const { mean, low, high } = pairedDifference(
    perSeed.map(() => 0),
    perSeed,
  );
  return { mean, low, high };
}

/** The standings from the most accurate down. */
export function byAccuracy({ standings }: Tournament): Standing[] {
  const of = ({ accuracy }: Standing) => estimate(accuracy).mean;
  return [...standings].sort((a, b) => of(b) - of(a));
}

/** "0.767 ± 0.012": half of the interval after the mean. */
export function plusMinus(perSeed: readonly number[]): string {
  const { mean, high } = estimate(perSeed);
  return `${mean.toFixed(3)} ± ${(high - mean).toFixed(3)}`;
}

/** How far below the best one a method may lie to be drawn: one that learnt nothing would press all others together. */
const reach = 0.1;

/** The methods that the figures leave out, since they lie far below all others. */
export function leftOut(tournament: Tournament): Standing[] {
  const [best] = byAccuracy(tournament);
  const least = estimate(best!.accuracy).mean - reach;
  return tournament.standings.filter(({ accuracy }) => estimate(accuracy).mean < least);
}

const better = { x: "low", y: "high" } as const;
const y = { label: "accuracy on 400 mails" };

/** Accuracy against the numbers trained, of all that entered, with intervals. */
export function sizeFigure(tournament: Tournament): Figure {
  return figure(tournament, ({ trained }) => trained, {
    title: "Accuracy against numbers trained",
    description: "The mean of three seeds for each method, with its 95 % interval.",
    x: { label: "numbers trained (log scale)", log: true },
    ...{ y, better },
  });
}

/** Accuracy against forgetting, of all that entered, with intervals of the accuracy. */
export function forgettingFigure(tournament: Tournament): Figure {
  return figure(tournament, ({ forgetting }) => estimate(forgetting).mean, {
    title: "Accuracy against forgetting",
    description: "The mean of three seeds for each method; what lies to the left forgets little.",
    x: { label: "rise of the loss on Moby-Dick (nats per character)" },
    ...{ y, better },
  });
}

function figure(
  tournament: Tournament,
  x: (standing: Standing) => number,
  options: Parameters<typeof scatter>[1],
): Figure {
  startLabSession();
  const out = leftOut(tournament);
  const standings = tournament.standings.filter((one) => !out.includes(one));
  const points = (some: Standing[]) =>
    some.map((standing) => {
      const { mean, low, high } = estimate(standing.accuracy);
      return { label: standing.name, x: x(standing), y: mean, interval: [low, high] as const };
    });
  const series = [
    { name: "has a page here", points: points(standings.filter(({ slug }) => slug)) },
    { name: "of the review", points: points(standings.filter(({ slug }) => !slug)) },
  ];
  return scatter(
    series.filter(({ points }) => points.length > 0),
    options,
  );
}
