import { beforeEach, describe, expect, test } from "vitest";
import { type Asked, type Bound, type Claim, count, identity, ordering, trend } from "#lab/claim";
import { session, startSession } from "#lab/session";
import { average, highest, lowest, mean } from "#lab/statistics";
import { scale } from "#lab/training";

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
    expect(identity("two-is-two", measured, bound).verdict).toBe(verdict);
  });
  test.each([
    [identity, "identity", "fails"],
    [count, "count", "fails"],
    [ordering, "ordering", "reported"],
    [trend, "trend", "reported"],
  ] as const)("at quick scale a false one of %o, %s, %s", (claim, kind, verdict) => {
    startSession({ scale: "quick" });
    expect(claim("two-is-two", 2, { atMost: 1 })).toMatchObject({ kind, verdict });
  });
  test("is told to the session, with what is behind its number", () => {
    const heard: Claim[] = [];
    startSession({ scale: "full", onClaim: (claim) => heard.push(claim) });
    trend("grows", highest([1, 2]), { atLeast: 1, unit: "×", tolerance: 0.1 });
    expect(heard).toEqual([
      {
        id: "grows",
        kind: "trend",
        measured: 2,
        details: { "seed 0": 1, "seed 1": 2 },
        bound: { atLeast: 1 },
        unit: "×",
        tolerance: 0.1,
        verdict: "holds",
      },
    ]);
  });
  test("refuses what could not fail", () => {
    expect(() => identity("two-is-two", NaN, { atMost: 1 })).toThrow(
      "identity two-is-two: expected a finite measured number, got NaN",
    );
    expect(() => count("two-is-two", 1, {} as Asked)).toThrow(
      "count two-is-two: expected one bound of finite numbers, got {}",
    );
    expect(() => trend("a", 1, { atMost: Infinity })).toThrow("expected one bound of finite numbers");
    expect(() => trend("a", 1, { atMost: 1, atLeast: 0 } as Asked)).toThrow(
      'expected one bound of finite numbers, got {"atMost":1,"atLeast":0}',
    );
    expect(() => identity("twoIsTwo", 1, { atMost: 1 })).toThrow('in kebab-case, got "twoIsTwo"');
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
