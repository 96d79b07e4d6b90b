import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** Digits 0 to 9 are tokens 0 to 9; then the operators, each opening a list, and what closes it. */
export const listOpsVocabulary = [
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "[MIN",
  "[MAX",
  "[MED",
  "[SM",
  "]",
] as const;

export interface ListOpsExample {
  tokens: Int32Array;
  /** 0 to 9. */
  answer: number;
}

/** The released constants of Long Range Arena. */
const released = { maxDepth: 10, maxArguments: 10, operatorShare: 0.25, shorterThan: 2000, longerThan: 500 };

/**
 * One nested expression over digits and its value, as Long Range Arena's released generator draws them (Tay et al.,
 * arXiv 2011.04006; `lra_benchmarks/data/listops.py`): a node above depth `maxDepth` is an operator with probability
 * 0.25, else a digit; an operator has 2 to `maxArguments` arguments. MED is the median, truncated; SM the sum modulo 10.
 * Expressions are drawn until one is longer than `longerThan` and shorter than `shorterThan`; the length counts tokens.
 * @throws when the lengths leave no room
 */
export function listOps(random: Random, options: Partial<typeof released> = {}): ListOpsExample {
  const { maxDepth, maxArguments, operatorShare, shorterThan, longerThan } = { ...released, ...options };
  if (!(longerThan >= 0 && shorterThan > longerThan + 1))
    throw new Error(`listOps: expected room between longerThan ${longerThan} and shorterThan ${shorterThan}`);
  for (let tries = 0; tries < 1_000_000; tries++) {
    const tokens: number[] = [];
    const answer = node(1);
    if (tokens.length > longerThan && tokens.length < shorterThan)
      return { tokens: Int32Array.from(tokens), answer };

    function node(depth: number): number {
      // Too long already: finish with digits, the expression is thrown away.
      if (depth >= maxDepth || random.next() >= operatorShare || tokens.length >= shorterThan) {
        const digit = random.integer(10);
        tokens.push(digit);
        return digit;
      }
      const operator = random.integer(4);
      tokens.push(10 + operator);
      const values = Array.from({ length: 2 + random.integer(maxArguments - 1) }, () => node(depth + 1));
      tokens.push(14);
      return valueOf(operator, values);
    }
  }
  throw new Error(
    `listOps: expected expressions between ${longerThan} and ${shorterThan} tokens, got none in a million draws`,
  );
}

function valueOf(operator: number, values: number[]): number {
  if (operator === 0) return Math.min(...values);
  if (operator === 1) return Math.max(...values);
  if (operator === 3) return values.reduce((sum, value) => sum + value, 0) % 10;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : Math.trunc((sorted[half - 1]! + sorted[half]!) / 2);
}

/** The expression in words, such as "[MAX 2 9 [MIN 4 7 ] 0 ]". */
export function listOpsText(tokens: Iterable<number>): string {
  return Array.from(tokens, (token) => {
    const word = listOpsVocabulary[token];
    if (word === undefined) throw new Error(`listOpsText: expected tokens from 0 to 14, got ${token}`);
    return word;
  }).join(" ");
}

export const about: About = {
  title: "ListOps",
  description:
    "Nested MIN, MAX, MED and SM over digits, drawn with the released constants of Long Range Arena.",
  size: "Any number, from a seed; 501 to 1,999 tokens each unless asked otherwise; ten answers.",
  use: 'import { listOps } from "#lab/dataset/list-ops";\nimport { random } from "#lab/random";\n\nconst { tokens, answer } = listOps(random(0));',
  samples() {
    const draw = random(0);
    const lines = Array.from({ length: 6 }, () => listOps(draw, { longerThan: 10, shorterThan: 40 }));
    return [
      {
        kind: "text",
        title: "Short ones, with their values",
        lines: lines.map(({ tokens, answer }) => `${listOpsText(tokens)} = ${answer}`),
      },
    ];
  },
};
