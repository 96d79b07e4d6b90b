import { beforeAll, expect, test } from "vitest";
import { LiveCurve } from "#notebook/starboard/live-curve";
import { startNodeSession } from "#tests/lab/device-case";

beforeAll(() => startNodeSession());

test("each training is a line, of at most 120 points; the last four are drawn", () => {
  const curve = new LiveCurve();
  expect(curve.add({ stage: "a", step: 1, steps: 2 })).toBe(false);
  expect(curve.add({ stage: "a", step: 1, steps: 2, loss: 3 })).toBe(false);
  expect(curve.add({ stage: "a", step: 2, steps: 2, loss: 2 })).toBe(true);
  expect(curve.figure().table?.rows).toEqual([
    ["a", 1, 3],
    ["a", 2, 2],
  ]);
  for (const stage of ["b", "c", "d", "e"]) {
    for (let step = 1; step <= 1000; step++) curve.add({ stage, step, steps: 1000, loss: 1 / step });
  }
  const rows = curve.figure().table!.rows;
  expect(new Set(rows.map(([stage]) => stage))).toEqual(new Set(["b", "c", "d", "e"]));
  expect(rows.filter(([stage]) => stage === "e").length).toBeLessThanOrEqual(120);
});
