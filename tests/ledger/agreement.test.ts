import { describe, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { comparison, disagreements } from "#ledger/agreement";

const claim: Claim = {
  id: "a",
  kind: "trend",
  measured: 2,
  unit: "",
  bound: { atLeast: 1 },
  verdict: "holds",
};
const with_ = (change: Partial<Claim>): Claim => ({ ...claim, ...change });

describe("a measured claim agrees with the recorded one", () => {
  test.each<[string, Claim, Claim]>([
    ["when it is the same", claim, claim],
    ["within a twentieth of it", claim, with_({ measured: 2.099 })],
    ["within the claim's own tolerance", with_({ tolerance: 0.5 }), with_({ measured: 2.9 })],
    ["when it was not judged, at quick size", claim, with_({ verdict: "reported", measured: 7 })],
    [
      "as an identity, whatever the rounding",
      with_({ kind: "identity", measured: 1e-7 }),
      with_({ kind: "identity", measured: 9e-7 }),
    ],
  ])("%s", (_, recorded, measured) => expect(disagreements([recorded], [measured], true)).toEqual([]));

  test("as a count at another size, when both hold", () => {
    const [small, large] = [with_({ kind: "count" }), with_({ kind: "count", measured: 200 })];
    expect(disagreements([small], [large], false)).toEqual([]);
  });
});

describe("a measured claim disagrees, in words", () => {
  test.each<[string, Claim[], Claim[], string]>([
    [
      "further away",
      [claim],
      [with_({ measured: 2.2 })],
      "a: recorded 2, now 2.2: further apart than 0.05 of it",
    ],
    [
      "another verdict",
      [claim],
      [with_({ measured: 1.99, verdict: "fails" })],
      'a: recorded as "holds", now "fails" (2, now 1.99)',
    ],
    [
      "another count",
      [with_({ kind: "count" })],
      [with_({ kind: "count", measured: 2.01 })],
      "a: recorded 2, now 2.01: further apart than 0 of it",
    ],
    ["a claim that is gone", [claim], [], "a: recorded, but not measured now"],
    ["a claim that is new", [], [claim], "a: measured, but not recorded"],
  ])("%s", (_, recorded, measured, said) => expect(disagreements(recorded, measured, true)).toEqual([said]));
});

describe("the distance from the recorded number", () => {
  test.each<[string, Partial<Claim>, Partial<Claim>, string, boolean]>([
    ["is nothing", {}, {}, "the recorded number", true],
    [
      "is within a twentieth",
      {},
      { measured: 2.05 },
      "0.05 (2.5 %) from the recorded number, 5 % allowed",
      true,
    ],
    ["is beyond it", {}, { measured: 2.2 }, "0.2 (10 %) from the recorded number, 5 % allowed", false],
    [
      "is within the claim's own tolerance",
      { tolerance: 0.5 },
      { measured: 1 },
      "1 (50 %) from the recorded number, 50 % allowed",
      true,
    ],
    [
      "of a count must be nothing",
      { kind: "count" },
      { measured: 3 },
      "1 (50 %) from the recorded number, which it must equal",
      false,
    ],
  ])("%s", (_, recorded, measured, words, agrees) => {
    const { words: said, agrees: near } = comparison(with_(recorded), with_(measured))!;
    expect(said.replace("0.04999999999999982", "0.05")).toBe(words);
    expect(near).toBe(agrees);
  });

  test("is not told of an identity: its bound is all", () => {
    expect(comparison(with_({ kind: "identity" }), with_({ measured: 9 }))).toBeUndefined();
  });
});
