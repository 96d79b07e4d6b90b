import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RecordedMistake } from "#ledger/ledger";
import { parseLedger } from "#ledger/library";
import { requireCaught } from "#ledger/trial";

const file = "content/ledger/curse-of-depth.json";
const text = readFileSync(file, "utf8");
const parse = (text: string) => parseLedger(text, "curse-of-depth");

describe("a ledger file", () => {
  test("is read as a run wrote it", () => expect(parse(text).notebook).toBe("curse-of-depth"));

  test("with a number typed by hand is refused", () => {
    const typed = text.replace(/"measured": 0\.0372\d+/, '"measured": -0.1');
    expect(typed).not.toBe(text);
    expect(() => parse(typed)).toThrow(
      `${file}: expected what a run measured, found a file that was changed by hand: run "npm run record -- curse-of-depth"`,
    );
  });

  test("with a verdict typed by hand is refused", () => {
    expect(() => parse(text.replace('"verdict": "fails"', '"verdict": "holds"'))).toThrow("changed by hand");
  });

  test("that is cut off is refused", () => {
    expect(() => parse(text.slice(0, 1000))).toThrow(`${file}: expected JSON, found `);
  });
});

describe("a common mistake", () => {
  const mistake: RecordedMistake = {
    id: "m",
    find: "a",
    replace: "b",
    breaks: ["x", "y"],
    broke: ["y", "x", "z"],
  };

  test("that breaks what it names is accepted", () => expect(requireCaught(mistake)).toBe(mistake));

  test("that names nothing is refused", () => {
    expect(() => requireCaught({ ...mistake, breaks: [] })).toThrow(
      'mistake m: expected the claims that it breaks, got none: name at least one in "breaks"',
    );
  });

  test("that breaks nothing is refused", () => {
    expect(() => requireCaught({ ...mistake, broke: [] })).toThrow(
      "mistake m: expected it to break x, y, but those claims still stood: sharpen the claim, or mend the mistake's edit",
    );
  });

  test("that one of its claims survives is refused", () => {
    expect(() => requireCaught({ ...mistake, broke: ["x"] })).toThrow(
      "expected it to break y, but that claim still stood",
    );
  });
});
