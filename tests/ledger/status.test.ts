import { expect, test } from "vitest";
import { boundText, number } from "#ledger/bound";
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

test("numbers have four significant digits, counts all of theirs", () => {
  expect(number(0.123456)).toBe("0.1235");
  expect(number(1.0021)).toBe("1.002");
  expect(number(0.2)).toBe("0.2");
  expect(number(20.5)).toBe("20.5");
  expect(number(1_234_567)).toBe("1,234,567");
  expect(number(100)).toBe("100");
  expect(number(1.43e-6)).toBe("1.43e-6");
  expect(number(1.19e-10)).toBe("1.19e-10");
  expect(number(-0.0012345)).toBe("−0.001234");
  expect(number(-2)).toBe("−2");
});
