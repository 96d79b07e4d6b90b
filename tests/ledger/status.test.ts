import { expect, test } from "vitest";
import { boundText } from "#ledger/bound";
import { statusFrom } from "#ledger/status";

test.each([
  ["reproduced", ["holds", "holds"]],
  ["partly reproduced", ["holds", "fails"]],
  ["not reproduced at this scale", ["fails", "fails"]],
  ["not yet built", []],
] as const)("%s", (status, verdicts) => {
  expect(statusFrom(verdicts.map((verdict) => ({ verdict })))).toBe(status);
});

test("a claim that was measured but not judged does not count as reproduced", () => {
  expect(statusFrom([{ verdict: "holds" }, { verdict: "reported" }])).toBe("partly reproduced");
});

test("bounds read as signs", () => {
  expect(boundText({ atMost: 1e-5 })).toBe("≤ 1e-5");
  expect(boundText({ atLeast: 1.6 })).toBe("≥ 1.6");
  expect(boundText({ exactly: 0 })).toBe("= 0");
  expect(boundText({ between: [1, 2] })).toBe("between 1 and 2");
});
