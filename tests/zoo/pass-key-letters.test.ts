import { expect, test } from "vitest";
import { passKeyLetters } from "#zoo/pass-key-letters";

test("keys are capitals, fillers small letters, the question mark itself", () => {
  expect(passKeyLetters([0, 7, 8, 21, 22])).toBe("AHan?");
});
