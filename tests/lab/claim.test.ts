import { beforeEach, describe, expect, test } from "vitest";
import { type Bound, claim, type ClaimKind, isClaim } from "#lab/claim";
import { session, startSession } from "#lab/session";
import { average, highest, lowest, mean } from "#lab/statistics";
import { scale } from "#lab/training";

const stated = (measured: number, bound: Bound, kind: ClaimKind = "identity") => ({
  id: "two-is-two",
  kind,
  says: "Two is two.",
  paper: "Section 2.",
  measured,
  unit: "",
  bound,
  boundFrom: "Arithmetic.",
});

beforeEach(() => startSession({ scale: "full" }));

describe("claim", () => {
  test.each<[number, Bound, string]>([
    [1, { atMost: 1 }, "holds"],
    [1.001, { atMost: 1 }, "fails"],
    [1, { atLeast: 1 }, "holds"],
    [0.999, { atLeast: 1 }, "fails"],
    [3, { exactly: 3 }, "holds"],
    [3.0001, { exactly: 3 }, "fails"],
    [2, { between: [2, 4] }, "holds"],
    [4.1, { between: [2, 4] }, "fails"],
    [1.9, { between: [2, 4] }, "fails"],
  ])("%d against %j %s", (measured, bound, verdict) => {
    const made = claim(stated(measured, bound));
    expect(made.verdict).toBe(verdict);
    expect(isClaim(made)).toBe(true);
  });
  test.each<[ClaimKind, string]>([
    ["identity", "fails"],
    ["count", "fails"],
    ["ordering", "reported"],
    ["trend", "reported"],
  ])("at quick scale a false %s %s", (kind, verdict) => {
    startSession({ scale: "quick" });
    expect(claim(stated(2, { atMost: 1 }, kind)).verdict).toBe(verdict);
  });
  test("refuses what could not fail", () => {
    expect(() => claim(stated(NaN, { atMost: 1 }))).toThrow(
      "claim two-is-two: expected a finite measured number, got NaN",
    );
    expect(() => claim(stated(1, {} as Bound))).toThrow("expected a bound of finite numbers, got {}");
    expect(() => claim(stated(1, { atMost: Infinity }))).toThrow("expected a bound of finite numbers");
    expect(() => claim({ ...stated(1, { atMost: 1 }), says: " " })).toThrow(
      'expected a sentence in "says", got an empty text',
    );
    expect(() => claim({ ...stated(1, { atMost: 1 }), id: "twoIsTwo" })).toThrow(
      'in kebab-case, got "twoIsTwo"',
    );
  });
  test("isClaim knows its own", () => {
    for (const other of [null, 3, "claim", {}, { claim: false }]) expect(isClaim(other)).toBe(false);
  });
});

describe("statistics over seeds", () => {
  test("give a claim's number and its details", () => {
    expect(highest([1, 3, 2])).toEqual({ measured: 3, details: { "seed 0": 1, "seed 1": 3, "seed 2": 2 } });
    expect(lowest([1, -3]).measured).toBe(-3);
    expect(average([1, 3, 5]).measured).toBe(3);
    expect(() => mean([])).toThrow("mean: expected at least one value, got none");
  });
});

describe("session", () => {
  test("gives back what the host set, and nothing of an earlier run", async () => {
    const readAsset = () => Promise.resolve(new ArrayBuffer(1));
    startSession({ scale: "quick", readAsset });
    expect(scale({ full: 10, quick: 1 })).toBe(1);
    expect((await session().readAsset("x")).byteLength).toBe(1);
    startSession({});
    expect(scale({ full: 10, quick: 1 })).toBe(10);
    await expect(session().readAsset("data/x.txt")).rejects.toThrow('can read "data/x.txt", got none');
  });
});
