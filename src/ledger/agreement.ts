import type { Claim } from "#lab/claim";
import { readableNumber } from "#lab/figure/quantity";

/** The share of a recorded number by which another run's may differ, where the claim sets none. */
export const TOLERANCE = 0.05;

/**
 * What keeps a measured claim from agreeing with the recorded one, in words; undefined when they agree. The verdict must
 * be the same (or not judged, at quick size). Between runs of the same size, a count must be equal, and an ordering or a
 * trend must lie within the claim's tolerance. Identities differ in rounding: for them the verdict is all.
 */
export function disagreement(recorded: Claim, measured: Claim, sameSize: boolean): string | undefined {
  if (measured.verdict === "reported" || recorded.verdict === "reported") return undefined;
  if (measured.verdict !== recorded.verdict) {
    return `${measured.id}: recorded as "${recorded.verdict}", now "${measured.verdict}" (${recorded.measured}, now ${measured.measured})`;
  }
  const tolerance = recorded.kind === "count" ? 0 : (recorded.tolerance ?? TOLERANCE);
  const apart = Math.abs(measured.measured - recorded.measured);
  if (!sameSize || recorded.kind === "identity" || apart <= tolerance * Math.abs(recorded.measured))
    return undefined;
  return `${measured.id}: recorded ${recorded.measured}, now ${measured.measured}: further apart than ${tolerance} of it`;
}

/** What keeps a run's claims from agreeing with the recorded ones, claims that come or go included. */
export function disagreements(recorded: Claim[], measured: Claim[], sameSize: boolean): string[] {
  const before = new Map(recorded.map((claim) => [claim.id, claim]));
  const after = new Set(measured.map(({ id }) => id));
  return [
    ...recorded.filter(({ id }) => !after.has(id)).map(({ id }) => `${id}: recorded, but not measured now`),
    ...measured.flatMap((claim) => {
      const old = before.get(claim.id);
      return old ? (disagreement(old, claim, sameSize) ?? []) : `${claim.id}: measured, but not recorded`;
    }),
  ];
}

/** How far a measured number lies from the recorded one, in words, and whether that is near enough. */
export interface Comparison {
  words: string;
  agrees: boolean;
}

/** A measured claim beside the one recorded at the same size. Identities are told by their bound alone: no comparison. */
export function comparison(recorded: Claim, measured: Claim): Comparison | undefined {
  if (recorded.kind === "identity") return undefined;
  const apart = Math.abs(measured.measured - recorded.measured);
  const tolerance = recorded.kind === "count" ? 0 : (recorded.tolerance ?? TOLERANCE);
  const agrees = apart <= tolerance * Math.abs(recorded.measured);
  if (apart === 0) return { words: "the recorded number", agrees };
  const share = recorded.measured === 0 ? "" : ` (${percent(apart / Math.abs(recorded.measured))})`;
  return {
    words: `${readableNumber(apart)}${share} from the recorded number, ${tolerance === 0 ? "which it must equal" : `${percent(tolerance)} allowed`}`,
    agrees,
  };
}

function percent(share: number): string {
  return `${readableNumber(Number((100 * share).toPrecision(2)))} %`;
}
