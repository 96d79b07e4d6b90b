import { expect, test } from "vitest";
import { applyMistake } from "#notebook/mistake";

const mistake = {
  id: "m",
  name: "n",
  why: "w",
  breaks: [],
  find: "x / Math.sqrt(l)",
  replace: "x * $& l",
};

test("the edit is made once, its text taken as it stands", () => {
  expect(applyMistake("a = x / Math.sqrt(l);", mistake)).toBe("a = x * $& l;");
});

test.each([
  ["is not there", "a = x;", 0],
  ["is there twice", "a = x / Math.sqrt(l); b = x / Math.sqrt(l);", 2],
])("an edit whose text %s is refused", (_, source, times) => {
  expect(() => applyMistake(source, mistake)).toThrow(
    `expected "x / Math.sqrt(l)" once in the notebook, found it ${times} times: mend the edit of mistake "m"`,
  );
});
