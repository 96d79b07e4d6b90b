import { describe, expect, test } from "vitest";
import { listOps, listOpsText } from "#lab/dataset/list-ops";
import { random } from "#lab/random";

/** A second reading of an expression, by rewriting the innermost list until one digit is left. */
function rewritten(text: string): number {
  for (let now = text; ;) {
    const next = now.replace(/\[(MIN|MAX|MED|SM) ((?:\d )+)\]/g, (_, operator: string, digits: string) => {
      const values = digits.trim().split(" ").map(Number);
      values.sort();
      if (operator === "MIN") return String(values[0]);
      if (operator === "MAX") return String(values.at(-1));
      if (operator === "SM") return String(values.reduce((a, b) => a + b)).slice(-1);
      const [low, high] = [Math.ceil(values.length / 2) - 1, Math.floor(values.length / 2)];
      return String(Math.floor((values[low]! + values[high]!) / 2));
    });
    if (next === now) return /^\d$/.test(now) ? Number(now) : NaN;
    now = next;
  }
}

describe("listOps", () => {
  test("gives the value of its expression, at the released lengths", () => {
    const draw = random(0);
    for (let i = 0; i < 30; i++) {
      const { tokens, answer } = listOps(draw);
      expect(tokens.length).toBeGreaterThan(500);
      expect(tokens.length).toBeLessThan(2000);
      expect(rewritten(listOpsText(tokens))).toBe(answer);
    }
    const short = Array.from({ length: 300 }, () => listOps(draw, { longerThan: 3, shorterThan: 60 }));
    for (const { tokens, answer } of short) expect(rewritten(listOpsText(tokens))).toBe(answer);
    for (const word of ["[MIN", "[MAX", "[MED", "[SM"])
      expect(short.some(({ tokens }) => listOpsText(tokens).includes(word))).toBe(true);
  });
  test("a constant answer is right in 17 ± 1.5 % of 4,000, as measured for Long Range Arena", () => {
    const draw = random(1);
    const counts = Array<number>(10).fill(0);
    for (let i = 0; i < 4000; i++) counts[listOps(draw).answer]!++;
    const best = Math.max(...counts) / 4000;
    expect(best).toBeGreaterThan(0.155);
    expect(best).toBeLessThan(0.185);
  });
  test("a node is an operator with probability 0.25, each of the four alike, with 2 to 10 arguments alike", () => {
    const draw = random(3);
    const drawn = Array.from({ length: 6000 }, () =>
      listOps(draw, { longerThan: 0, shorterThan: 1e6, maxDepth: 2 }),
    );
    const lists = drawn.filter(({ tokens }) => tokens.length > 1);
    expect(Math.abs(lists.length / 6000 - 0.25)).toBeLessThan(0.022); // four standard errors
    for (let operator = 10; operator < 14; operator++)
      expect(lists.filter(({ tokens }) => tokens[0] === operator).length / lists.length).toBeCloseTo(0.25, 1);
    for (let length = 4; length <= 12; length++)
      // opening, 2 to 10 digits, closing
      expect(
        Math.abs(lists.filter(({ tokens }) => tokens.length === length).length / lists.length - 1 / 9),
      ).toBeLessThan(0.035);
  });
  test("nests no deeper and has no more arguments than asked; same seed, same expression", () => {
    const draw = random(2);
    for (let i = 0; i < 50; i++) {
      const text = listOpsText(
        listOps(draw, { maxDepth: 4, maxArguments: 3, longerThan: 4, shorterThan: 80 }).tokens,
      );
      let [depth, deepest] = [0, 0];
      for (const word of text.split(" ")) {
        depth += word.startsWith("[") ? 1 : word === "]" ? -1 : 0;
        deepest = Math.max(deepest, depth);
      }
      expect(deepest).toBeLessThanOrEqual(3); // operators at depth 1 to 3, digits at 4
    }
    expect(listOps(random(5))).toEqual(listOps(random(5)));
    expect(() => listOps(random(0), { longerThan: 9, shorterThan: 10 })).toThrow(
      "listOps: expected room between",
    );
    expect(() => listOpsText([15])).toThrow("listOpsText: expected tokens from 0 to 14, got 15");
  });
});
