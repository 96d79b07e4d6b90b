import { describe, expect, test } from "vitest";
import { applySkill, type Skill, skillBatch, skillNames, skillTokens } from "#lab/dataset/skills";
import { random } from "#lab/random";

test.each<[Skill, number[]]>([
  ["copy", [3, 15, 0, 7, 3]],
  ["reverse", [3, 7, 0, 15, 3]],
  ["sort up", [0, 3, 3, 7, 15]],
  ["sort down", [15, 7, 3, 3, 0]],
  ["add 1", [4, 0, 1, 8, 4]],
  ["add 3", [6, 2, 3, 10, 6]],
  ["rotate by 1", [15, 0, 7, 3, 3]],
  ["rotate by −2", [7, 3, 3, 15, 0]],
])("%s", (skill, expected) => expect(applySkill(skill, [3, 15, 0, 7, 3])).toEqual(expected));

describe("a batch", () => {
  const rowsOf = ({ inputs, answers, skills, time }: ReturnType<typeof skillBatch>) =>
    skills.map((skill, row) => ({
      skill,
      tokens: Array.from(inputs.subarray(row * time, (row + 1) * time)),
      answers: Array.from(answers.subarray(row * 5, (row + 1) * 5)),
    }));

  test("names each skill by one of its two words, and holds all answers but the last", () => {
    const rows = rowsOf(skillBatch(random(0), 800));
    for (const { skill, tokens, answers } of rows) {
      expect(tokens).toHaveLength(13);
      expect([tokens[0], tokens[8]]).toEqual([skillTokens.begin, skillTokens.separator]);
      expect(skillNames[(tokens[1]! - 16) >> 1]).toBe(skill);
      expect(tokens[2]).toBeGreaterThanOrEqual(16);
      expect(tokens[2]).toBeLessThan(32);
      expect(answers).toEqual(applySkill(skill, tokens.slice(3, 8)));
      expect(tokens.slice(9)).toEqual(answers.slice(0, 4));
    }
    expect(new Set(rows.map(({ tokens }) => tokens[1])).size).toBe(16);
  });

  test("of one skill alone does not name it", () => {
    const rows = rowsOf(skillBatch(random(0), 400, { only: "reverse" }));
    for (const { tokens, answers } of rows) {
      expect(answers).toEqual(tokens.slice(3, 8).toReversed());
      for (const word of tokens.slice(1, 3)) expect(word >= 32 && word < 44).toBe(true);
    }
    expect(new Set(rows.map(({ tokens }) => tokens[1])).size).toBe(12);
  });
});
