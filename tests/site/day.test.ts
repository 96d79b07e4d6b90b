import { expect, test } from "vitest";
import { readableDay } from "#site/day";

test("a day is written in words, of the day in UTC", () => {
  expect(readableDay("2025-02-20T23:59:59Z")).toBe("20 February 2025");
  expect(readableDay("2026-11-01")).toBe("1 November 2026");
});

test("what is no date is refused", () => {
  expect(() => readableDay("Mar 13th")).toThrow(/readableDay: expected an ISO 8601 date, got "Mar 13th"/);
});
