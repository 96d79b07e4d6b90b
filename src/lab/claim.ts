import { session } from "#lab/session";

/**
 * What a claim compares: `identity`, two computations agree within float32 rounding; `count`, a number is exact;
 * `ordering`, A is better than B; `trend`, a quantity grows, falls or has a shape.
 */
export type ClaimKind = "identity" | "count" | "ordering" | "trend";

/** `reported`: measured at quick scale, where orderings and trends are not judged. */
export type Verdict = "holds" | "fails" | "reported";

/** What the measured number must satisfy. */
export type Bound =
  { atMost: number } | { atLeast: number } | { exactly: number } | { between: [number, number] };

/** One statement that can fail, and the number that decides it. */
export interface Claim {
  readonly claim: true;
  /** Kebab-case sentence; the page's anchor is `#claim-<id>`. */
  id: string;
  kind: ClaimKind;
  /** The sentence that must be true. */
  says: string;
  /** What the paper reports, and where. */
  paper: string;
  measured: number;
  /** Empty for a pure number. */
  unit: string;
  bound: Bound;
  /** Where the bound comes from. */
  boundFrom: string;
  /** How far another run's number may lie from a recorded one, relative to it; see `agrees` in the ledger. */
  tolerance?: number;
  /** Numbers behind the measured one, such as one per seed. */
  details?: Record<string, number>;
  verdict: Verdict;
}

/** A way to get the method wrong: an edit of the notebook's source, and the claims that it must turn red. */
export interface Mistake {
  id: string;
  name: string;
  /** `find` is exact source text that occurs once. */
  edit: { find: string; replace: string };
  /** Ids of claims that fail once the edit is made. */
  breaks: string[];
  /** Why the edit is wrong. */
  why: string;
  /** The scale at which the claims break; "quick" (the default) means at every scale. */
  scale?: "quick" | "full";
}

/**
 * A claim with its verdict. Identities and counts are judged at every scale, orderings and trends at full scale only.
 * @throws when a text is empty, the id is not kebab-case, or a number is not finite: such a claim could not fail
 */
export function claim(stated: Omit<Claim, "claim" | "verdict">): Claim {
  const { id, kind, measured, bound } = stated;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    throw new Error(`claim: expected an id in kebab-case, got "${id}": it becomes the anchor #claim-<id>`);
  }
  for (const field of ["says", "paper", "boundFrom"] as const) {
    if (!stated[field].trim())
      throw new Error(`claim ${id}: expected a sentence in "${field}", got an empty text`);
  }
  if (!Number.isFinite(measured)) {
    throw new Error(
      `claim ${id}: expected a finite measured number, got ${measured}: look for NaN in the run`,
    );
  }
  const limits = Object.values(bound).flat();
  if (limits.length === 0 || !limits.every(Number.isFinite)) {
    throw new Error(`claim ${id}: expected a bound of finite numbers, got ${JSON.stringify(bound)}`);
  }
  const judged = kind === "identity" || kind === "count" || session().scale === "full";
  const verdict = !judged ? "reported" : satisfies(measured, bound) ? "holds" : "fails";
  return { ...stated, claim: true, verdict };
}

/** Whether a value is a claim made by `claim`. */
export function isClaim(value: unknown): value is Claim {
  return typeof value === "object" && value !== null && "claim" in value && value.claim === true;
}

function satisfies(measured: number, bound: Bound): boolean {
  if ("atMost" in bound) return measured <= bound.atMost;
  if ("atLeast" in bound) return measured >= bound.atLeast;
  if ("exactly" in bound) return measured === bound.exactly;
  return measured >= bound.between[0] && measured <= bound.between[1];
}
