import { expect, test } from "vitest";
import { duration, size, StageClock } from "#panel/stage";

test("the time that is left is told from the rate of the last steps", () => {
  const clock = new StageClock();
  const step = (step: number, now: number, stage = "a") => clock.tell({ stage, step, steps: 100 }, now);
  expect(step(1, 5000)).toBe("a: step 1 of 100");
  expect(step(2, 5500)).toBe("a: step 2 of 100, 49 s left");
  // The first step, slow for compiling, falls out of the window.
  for (let i = 3; i <= 40; i++) step(i, 5500 + 100 * (i - 2));
  expect(step(41, 5500 + 3900)).toBe("a: step 41 of 100, 6 s left");
  expect(step(100, 20_000)).toBe("a: step 100 of 100");
});

test("a new stage, or the same one anew, starts its own clock", () => {
  const clock = new StageClock();
  clock.tell({ stage: "a", step: 1, steps: 9 }, 0);
  clock.tell({ stage: "a", step: 2, steps: 9 }, 1000);
  expect(clock.tell({ stage: "b", step: 1, steps: 9, loss: 2.34567 }, 9000)).toBe(
    "b: step 1 of 9, loss 2.346",
  );
  expect(clock.tell({ stage: "b", step: 1, steps: 9 }, 9500)).toBe("b: step 1 of 9");
});

test("times and sizes are told in the unit that fits", () => {
  expect([300, 1400, 99_000, 200_000].map(duration)).toEqual(["under 1 s", "1 s", "99 s", "3 min"]);
  expect([820_400, 1_234_000].map(size)).toEqual(["820 kB", "1.2 MB"]);
});
