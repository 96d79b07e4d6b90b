import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** What has to be known for a digit of a product: see `multiplication`. */
export const digitTasks = ["product", "product with carry", "carry", "carry used", "carry chained"] as const;

/** Products digit by digit. */
export interface MultiplicationBatch {
  /** D, ×, u, = and the answer; 0 to 9 are digits, 10 is × and 11 is =. */
  tokens: Int32Array; // [batchSize, 2 * digits + 4]
  /** Index in `digitTasks` of each answer digit, in the order of the answer. */
  tasks: Int32Array; // [batchSize, digits + 1]
  time: number;
  /** Where the answer begins. */
  answerStart: number;
}

/** The tokens of `multiplication`. */
export const multiplicationVocabulary = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "×", "="] as const;

/**
 * Products of a number of `digits` digits and one digit, all digits uniform, leading zeros kept, the answer's units first
 * where `reversed` ("Dissecting Multiplication in Transformers", arXiv 2407.15360). For position i = 0 (units), …, n - 1:
 *
 *     p_i = D_i u,  t_i = p_i + c_i,  A_i = t_i mod 10,  c_{i+1} = floor(t_i / 10),  c_0 = 0,  A_n = c_n
 *
 * Tasks: product (c_i = 0, p_i < 10), product with carry (c_i = 0, p_i >= 10), carry (i = n), carry used (c_i > 0 and
 * p_i mod 10 + c_i < 10), carry chained (c_i > 0 and p_i mod 10 + c_i >= 10).
 */
export function multiplication(
  random: Random,
  batchSize: number,
  { digits = 3, reversed = false } = {},
): MultiplicationBatch {
  if (!Number.isInteger(digits) || digits < 1)
    throw new Error(`multiplication: expected 1 digit or more, got ${digits}`);
  const time = 2 * digits + 4;
  const tokens = new Int32Array(batchSize * time);
  const tasks = new Int32Array(batchSize * (digits + 1));
  for (let row = 0; row < batchSize; row++) {
    const factor = random.integers(digits, 10); // most significant first
    const one = random.integer(10);
    const answer = product(factor, one);
    if (!reversed) answer.reverse();
    tokens.set([...factor, 10, one, 11, ...answer.map(({ digit }) => digit)], row * time);
    tasks.set(
      answer.map(({ task }) => task),
      row * (digits + 1),
    );
  }
  return { tokens, tasks, time, answerStart: digits + 3 };
}

/** The digits of factor times one, units first, with the task of each. */
function product(factor: Int32Array, one: number): { digit: number; task: number }[] {
  let carry = 0;
  const answer = Array.from(factor.toReversed(), (digit) => {
    const p = digit * one;
    const task = carry === 0 ? (p < 10 ? 0 : 1) : (p % 10) + carry < 10 ? 3 : 4;
    const total = p + carry;
    carry = Math.floor(total / 10);
    return { digit: total % 10, task };
  });
  return [...answer, { digit: carry, task: 2 }];
}

/**
 * Lines "a+b=c" with a and b uniform below 10^digits, without leading zeros, joined by newlines: a text in the alphabet of
 * the two books that is like neither.
 */
export function additions(random: Random, count: number, { digits = 3 } = {}): string {
  if (!Number.isInteger(digits) || digits < 1 || digits > 9)
    throw new Error(`additions: expected 1 to 9 digits, got ${digits}`);
  return Array.from({ length: count }, () => {
    const [a, b] = [random.integer(10 ** digits), random.integer(10 ** digits)];
    return `${a}+${b}=${a + b}\n`;
  }).join("");
}

export const about: About = {
  title: "Addition and multiplication",
  description:
    "Sums as text, and products digit by digit with the carry that each digit needs, units first or last.",
  size: "Any number, from a seed.",
  use: 'import { multiplication } from "#lab/dataset/arithmetic";\nimport { random } from "#lab/random";\n\nconst { tokens, tasks } = multiplication(random(0), 96, { reversed: true });',
  samples() {
    const { tokens, tasks, time } = multiplication(random(0), 6);
    const lines = Array.from({ length: 6 }, (_, row) => {
      const words = Array.from(
        tokens.subarray(row * time, (row + 1) * time),
        (token) => multiplicationVocabulary[token],
      );
      const needs = Array.from(tasks.subarray(row * 4, (row + 1) * 4), (task) => digitTasks[task]);
      return `${words.join("")}   (${needs.join(", ")})`;
    });
    return [
      { kind: "text", title: "Additions", lines: additions(random(0), 6).trim().split("\n") },
      { kind: "text", title: "Multiplications, and what each digit of the answer needs", lines },
    ];
  },
};
