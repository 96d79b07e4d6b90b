import { beforeEach, describe, expect, test, vi } from "vitest";
import { select, slider } from "#lab/control";
import { startSession } from "#lab/session";

const rank = { id: "rank", label: "Rank", min: 1, max: 9, step: 2, value: 5, good: 7, bad: 1 };
const norm = {
  id: "norm",
  label: "Norm",
  options: ["pre", "post"],
  value: "pre",
  good: "pre",
  bad: "post",
} as const;

beforeEach(() => startSession({}));

test("without a reader a control has its own value", () => {
  expect(slider(rank)).toBe(5);
  expect(select(norm)).toBe("pre");
});

test("what the reader has set is taken, where it fits", () => {
  startSession({ controls: { rank: 3, norm: "post" } });
  expect(slider(rank)).toBe(3);
  expect(select(norm)).toBe("post");
});

test.each([4, 11, -1, "3"])("a setting of %o fits no step of 1, 3, …, 9 and is passed over", (set) => {
  startSession({ controls: { rank: set } });
  expect(slider(rank)).toBe(5);
});

test("a step that binary fractions cannot hold is a step", () => {
  startSession({ controls: { rate: 0.3 } });
  expect(slider({ ...rank, id: "rate", min: 0, max: 1, step: 0.1, value: 0.7, good: 0.1, bad: 1 })).toBe(0.3);
});

test("the session hears of each control", () => {
  const onControl = vi.fn();
  startSession({ onControl });
  slider(rank);
  expect(onControl).toHaveBeenCalledWith({ ...rank, kind: "slider" });
});

describe("refused", () => {
  test.each([
    [
      "an id that no URL should hold",
      { id: "My Rank" },
      'slider: expected an id in kebab-case, got "My Rank"',
    ],
    ["a preset off the steps", { good: 2 }, "slider rank: expected numbers from 1 to 9 in steps of 2, got 2"],
    [
      "a value outside the range",
      { value: 10 },
      "slider rank: expected numbers from 1 to 9 in steps of 2, got 10",
    ],
  ])("%s", (_, change, message) => expect(() => slider({ ...rank, ...change })).toThrow(message));

  test("a word that is not in the list", () => {
    expect(() => select({ ...norm, bad: "none" as "post" })).toThrow(
      "select norm: expected one of pre, post, got none",
    );
  });
});
