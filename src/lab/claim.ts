import { session } from "#lab/session";

/** What a claim compares; see the function of each name. */
export type ClaimKind = "identity" | "count" | "ordering" | "trend";

/** `reported`: measured at quick scale, where orderings and trends are not judged. */
export type Verdict = "holds" | "fails" | "reported";

/** What the measured number must satisfy. */
export type Bound =
  { atMost: number } | { atLeast: number } | { exactly: number } | { between: [number, number] };

/** One statement that can fail, and the number that decides it. Its words stand on the technique's page, by its id. */
export interface Claim {
  /** Kebab-case sentence; the page's anchor is `#claim-<id>`. */
  id: string;
  kind: ClaimKind;
  measured: number;
  /** Empty for a pure number. */
  unit: string;
  bound: Bound;
  /** How far another run's number may lie from a recorded one, relative to it; see `disagreement` in the ledger. */
  tolerance?: number;
  /** Numbers behind the measured one, such as one per seed. */
  details?: Record<string, number>;
  verdict: Verdict;
}

/** A number, or one with those behind it, as `highest`, `lowest` and `average` give it. */
export type Measured = number | Pick<Claim, "measured" | "details">;

/** A bound, with what its number counts. */
export type Asked = Bound & { unit?: string; tolerance?: number };

/** The claim that two computations agree within float32 rounding. Judged at every scale. */
export const identity = claimOf("identity");

/** The claim that a number is exact: parameters, FLOPs, bytes, tokens. Judged at every scale. */
export const count = claimOf("count");

/** The claim that A is better than B. Judged at full scale. */
export const ordering = claimOf("ordering");

/** The claim that a quantity grows, falls or has a shape. Judged at full scale. */
export const trend = claimOf("trend");

/**
 * A claim with its verdict, which the session hears of.
 * @throws when the id is not kebab-case, a number is not finite, or the bound not one: such a claim could not fail
 */
function claimOf(kind: ClaimKind): (id: string, measured: Measured, asked: Asked) => Claim {
  return (id, value, { unit = "", tolerance, ...bound }) => {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
      throw new Error(
        `${kind}: expected an id in kebab-case, got "${id}": it becomes the anchor #claim-<id>`,
      );
    }
    const { measured, details } = typeof value === "number" ? { measured: value } : value;
    if (!Number.isFinite(measured)) {
      throw new Error(
        `${kind} ${id}: expected a finite measured number, got ${measured}: look for NaN in the run`,
      );
    }
    const [limit, ...more] = Object.values(bound);
    if (limit === undefined || more.length > 0 || ![limit].flat().every(Number.isFinite)) {
      throw new Error(`${kind} ${id}: expected one bound of finite numbers, got ${JSON.stringify(bound)}`);
    }
    const judged = kind === "identity" || kind === "count" || session().scale === "full";
    const verdict = !judged ? "reported" : satisfies(measured, bound) ? "holds" : "fails";
    const claim: Claim = {
      id,
      kind,
      measured,
      unit,
      bound,
      ...(tolerance !== undefined && { tolerance }),
      ...(details && { details }),
      verdict,
    };
    session().onClaim?.(claim);
    return claim;
  };
}

function satisfies(measured: number, bound: Bound): boolean {
  if ("atMost" in bound) return measured <= bound.atMost;
  if ("atLeast" in bound) return measured >= bound.atLeast;
  if ("exactly" in bound) return measured === bound.exactly;
  return measured >= bound.between[0] && measured <= bound.between[1];
}
