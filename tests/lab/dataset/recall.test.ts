import { describe, expect, test } from "vitest";
import {
  associativeRecall,
  copyOrNot,
  fillerChain,
  induction,
  needle,
  passKey,
  type RecallBatch,
} from "#lab/dataset/recall";
import { random } from "#lab/random";

const rowsOf = ({ tokens, time, answers }: RecallBatch) =>
  Array.from(answers, (answer, row) => ({
    row: Array.from(tokens.subarray(row * time, (row + 1) * time)),
    answer,
  }));

describe("recall", () => {
  test("the pass key stands once in the first quarter, and the question at the end", () => {
    const rows = rowsOf(passKey(random(0), 400));
    for (const { row, answer } of rows) {
      const keys = row.flatMap((token, t) => (token < 8 ? [{ token, t }] : []));
      expect(keys).toHaveLength(1);
      expect(keys[0]!.token).toBe(answer);
      expect(keys[0]!.t).toBeLessThan(16);
      expect(row[63]).toBe(22);
      expect(row.slice(0, 63).every((token) => token < 22)).toBe(true);
    }
    expect(new Set(rows.map(({ row }) => row.findIndex((token) => token < 8))).size).toBe(16);
    expect(new Set(rows.map(({ answer }) => answer)).size).toBe(8);
  });
  test("fillers follow the chain", () => {
    const chain = fillerChain();
    for (const row of chain) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    const counts = Array.from({ length: 14 }, () => Array<number>(14).fill(0));
    for (const { row } of rowsOf(passKey(random(1), 2000)))
      for (let t = 17; t < 63; t++) counts[row[t - 1]! - 8]![row[t]! - 8]!++;
    for (let from = 0; from < 14; from++) {
      const total = counts[from]!.reduce((a, b) => a + b);
      for (let to = 0; to < 14; to++) {
        const p = chain[from]![to]!;
        const tolerance = 5 * Math.sqrt((p * (1 - p)) / total) + 1e-3; // five standard errors
        expect(Math.abs(counts[from]![to]! / total - p)).toBeLessThan(tolerance);
      }
    }
  });
  test("the needle is after the first quarter", () => {
    const rows = rowsOf(needle(random(0), 500));
    for (const { row, answer } of rows) {
      expect(row.filter((token) => token < 8)).toEqual([answer]);
      expect(row.findIndex((token) => token < 8)).toBeGreaterThanOrEqual(16);
    }
    expect(new Set(rows.map(({ row }) => row.findIndex((token) => token < 8))).size).toBe(48);
  });
  test("copy or not says which", () => {
    const rows = rowsOf(copyOrNot(random(0), 200));
    for (const { row, answer } of rows)
      expect(row.slice(0, 16).join() === row.slice(16).join()).toBe(answer === 1);
    expect(rows.filter(({ answer }) => answer === 1)).toHaveLength(100);
  });
  test("associative recall and induction answer with what followed", () => {
    for (const make of [associativeRecall, induction]) {
      for (const { row, answer } of rowsOf(make(random(0), 200))) {
        const before = row.indexOf(row.at(-1)!);
        expect(before).toBeLessThan(row.length - 2);
        expect(row[before + 1]).toBe(answer);
        expect(new Set(row.slice(0, -1).filter((_, t) => make === induction || t % 2 === 0)).size).toBe(
          make === induction ? row.length - 1 : 8,
        );
      }
    }
  });
  test("the same seed draws the same, another seed another; what cannot be is named", () => {
    for (const make of [passKey, needle, copyOrNot, associativeRecall, induction] as const) {
      expect(make(random(3), 4)).toEqual(make(random(3), 4));
      expect(make(random(3), 4)).not.toEqual(make(random(4), 4));
    }
    expect(() => passKey(random(0), 1, 10)).toThrow("passKey: expected a time of 8, 12, 16, …, got 10");
    expect(() => needle(random(0), 1, 7)).toThrow("needle: expected a time that 4 divides, got 7");
    expect(() => copyOrNot(random(0), 1, { time: 3 })).toThrow("copyOrNot: expected an even time, got 3");
    expect(() => associativeRecall(random(0), 1, { pairs: 17 })).toThrow("expected 1 to 16 pairs, got 17");
    expect(() => induction(random(0), 1, { time: 40 })).toThrow(
      "expected a time of 4 to 33 for 32 symbols, got 40",
    );
  });
});
