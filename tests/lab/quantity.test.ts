import { expect, test } from "vitest";
import { quantity, readableNumber as number } from "#lab/figure/quantity";

test("a quantity keeps its number and its unit", () => {
  expect(quantity(1.5, "nats")).toEqual({ quantity: true, value: 1.5, unit: "nats" });
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
