import type { About } from "#lab/dataset/about";
import { type Random, random } from "#lab/random";

/** What may be asked for; a rotation by k takes symbol i + k to place i. */
export const skillNames = [
  "copy",
  "reverse",
  "sort up",
  "sort down",
  "add 1",
  "add 3",
  "rotate by 1",
  "rotate by −2",
] as const;

export type Skill = (typeof skillNames)[number];

/**
 * Symbols are tokens 0 to 15; skill i is asked for by word 16 + 2 i or 17 + 2 i; no pre-training shows words 32 to 43.
 * A sequence begins with 44, and 45 stands before the answers. `given` symbols are turned into as many answers.
 */
export const skillTokens = {
  symbols: 16,
  words: 16,
  unseen: { from: 32, count: 12 },
  begin: 44,
  separator: 45,
  vocabSize: 48,
  given: 5,
} as const;

/** Sequences that ask for a skill, with all answers but the last in them: a language model gives the next one each time. */
export interface SkillBatch {
  /** begin, two words, five symbols, separator, four answers. */
  inputs: Int32Array; // [batchSize, time]
  /** What comes after each of the last five tokens. */
  answers: Int32Array; // [batchSize, given]
  skills: Skill[]; // [batchSize]
  time: number;
}

/** What a skill makes of symbols. */
export function applySkill(skill: Skill, x: readonly number[]): number[] {
  const rotated = (by: number) => x.map((_, i) => x[(i + by + x.length) % x.length]!);
  const added = (by: number) => x.map((symbol) => (symbol + by) % skillTokens.symbols);
  switch (skill) {
    case "copy":
      return [...x];
    case "reverse":
      return x.toReversed();
    case "sort up":
      return x.toSorted((a, b) => a - b);
    case "sort down":
      return x.toSorted((a, b) => b - a);
    case "add 1":
      return added(1);
    case "add 3":
      return added(3);
    case "rotate by 1":
      return rotated(1);
    case "rotate by −2":
      return rotated(-2);
  }
}

/**
 * Sequences of five random symbols and what a skill makes of them. The first word names the skill, the second is any
 * word and says nothing. With `only`, one skill is asked for without being named: both words are random ones that no
 * pre-training has shown.
 */
export function skillBatch(random: Random, batchSize: number, { only }: { only?: Skill } = {}): SkillBatch {
  const { symbols, words, unseen, begin, separator, given } = skillTokens;
  const time = 2 * given + 3;
  const inputs = new Int32Array(batchSize * time);
  const answers = new Int32Array(batchSize * given);
  const skills = Array.from({ length: batchSize }, (_, row) => {
    const index = random.integer(skillNames.length);
    const skill = only ?? skillNames[index]!;
    const named = [symbols + 2 * index + random.integer(2), symbols + random.integer(words)];
    const nameless = [0, 1].map(() => unseen.from + random.integer(unseen.count));
    const x = Array.from({ length: given }, () => random.integer(symbols));
    const y = applySkill(skill, x);
    inputs.set([begin, ...(only ? nameless : named), ...x, separator, ...y.slice(0, -1)], row * time);
    answers.set(y, row * given);
    return skill;
  });
  return { inputs, answers, skills, time };
}

export const about: About = {
  title: "Skills on symbols",
  description:
    "Five symbols and a word that says what to do with them: copy, reverse, sort, add or rotate, eight skills in all.",
  size: "Any number, from a seed.",
  use: 'import { skillBatch } from "#lab/dataset/skills";\nimport { random } from "#lab/random";\n\nconst { inputs, answers } = skillBatch(random(0), 32); // Int32Array [32 * 13], [32 * 5]',
  samples() {
    const { inputs, answers, skills, time } = skillBatch(random(0), 8);
    const { given } = skillTokens;
    const lines = skills.map((skill, row) => {
      const x = inputs.subarray(row * time + 3, row * time + 3 + given);
      return `${skill}: ${x.join(" ")} → ${answers.subarray(row * given, (row + 1) * given).join(" ")}`;
    });
    return [{ kind: "text", title: "Symbols and answers", lines }];
  },
};
