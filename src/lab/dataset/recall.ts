import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** Sequences of tokens, and the one answer to each. */
export interface RecallBatch {
  tokens: Int32Array; // [batchSize, time]
  answers: Int32Array; // [batchSize]
  time: number;
  vocabSize: number;
}

/** Key symbols are tokens 0 to 7, fillers 8 to 21, and the question mark is 22. */
export const passKeyTokens = { keys: 8, fillers: 14, question: 22 } as const;

/**
 * The pass-key stream: fillers of a Markov chain, one of 8 keys in place of a filler at a random one of the first
 * quarter's positions, and the question mark at the end, after which the key is the answer. Each row of the chain's
 * transitions is softmax(2.5 N(0, 1)), the same chain for all (seed 99).
 * @throws when `time` is below 8 or no multiple of 4
 */
export function passKey(random: Random, batchSize: number, time = 64): RecallBatch {
  if (!Number.isInteger(time / 4) || time < 8)
    throw new Error(`passKey: expected a time of 8, 12, 16, …, got ${time}`);
  const { keys, fillers, question } = passKeyTokens;
  const chain = fillerChain();
  return batch(batchSize, time, question + 1, (tokens) => {
    let filler = random.integer(fillers);
    for (let t = 0; t < time - 1; t++) {
      tokens[t] = keys + filler;
      let left = random.next();
      const row = chain[filler]!;
      filler = 0;
      while (filler < fillers - 1 && (left -= row[filler]!) >= 0) filler++;
    }
    const key = random.integer(keys);
    tokens[random.integer(time / 4)] = key;
    tokens[time - 1] = question;
    return key;
  });
}

/** The filler chain's transition probabilities, row by row. */
export function fillerChain(): number[][] {
  const draw = random(99);
  const { fillers } = passKeyTokens;
  return Array.from({ length: fillers }, () => {
    const weights = Array.from({ length: fillers }, () => Math.exp(2.5 * normal(draw)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

/**
 * A needle: 12 filler symbols (tokens 8 to 19) at random, and one of 8 keys (tokens 0 to 7) at a random position of the
 * last three quarters. The key is the answer; an attention that sees the first block alone cannot know it.
 */
export function needle(random: Random, batchSize: number, time = 64): RecallBatch {
  if (!Number.isInteger(time / 4) || time < 4)
    throw new Error(`needle: expected a time that 4 divides, got ${time}`);
  return batch(batchSize, time, 20, (tokens) => {
    for (let t = 0; t < time; t++) tokens[t] = 8 + random.integer(12);
    const key = random.integer(8);
    tokens[time / 4 + random.integer((3 * time) / 4)] = key;
    return key;
  });
}

/**
 * Is the second half a copy of the first? Both halves are of `symbols` symbols at random; the answer is 1 where the
 * second half equals the first, 0 where it is drawn by itself. Answers take turns, so that they are balanced.
 */
export function copyOrNot(random: Random, batchSize: number, { time = 32, symbols = 8 } = {}): RecallBatch {
  if (time % 2 !== 0 || time < 2) throw new Error(`copyOrNot: expected an even time, got ${time}`);
  return batch(batchSize, time, symbols, (tokens, row) => {
    for (let t = 0; t < time; t++) tokens[t] = random.integer(symbols);
    if (row % 2 === 0) return 0;
    tokens.copyWithin(time / 2, 0, time / 2);
    return 1;
  });
}

/**
 * Associative recall: `pairs` different keys (tokens 0 to symbols - 1), each followed by its value (tokens symbols to
 * 2 symbols - 1), then one of the keys again: the answer is its value.
 * @throws when there are more pairs than keys
 */
export function associativeRecall(
  random: Random,
  batchSize: number,
  { pairs = 8, symbols = 16 } = {},
): RecallBatch {
  if (!(pairs >= 1 && pairs <= symbols))
    throw new Error(`associativeRecall: expected 1 to ${symbols} pairs, got ${pairs}`);
  return batch(batchSize, 2 * pairs + 1, 2 * symbols, (tokens) => {
    const keys = random.permutation(symbols);
    for (let pair = 0; pair < pairs; pair++) {
      tokens[2 * pair] = keys[pair]!;
      tokens[2 * pair + 1] = symbols + random.integer(symbols);
    }
    const asked = random.integer(pairs);
    tokens[2 * pairs] = keys[asked]!;
    return tokens[2 * asked + 1]!;
  });
}

/**
 * Induction: a random sequence of different symbols, then one of them again: the answer is the symbol that followed it
 * before (Olsson et al., "In-context Learning and Induction Heads", arXiv 2209.11895).
 */
export function induction(random: Random, batchSize: number, { time = 32, symbols = 32 } = {}): RecallBatch {
  if (!(time >= 4 && time - 1 <= symbols))
    throw new Error(`induction: expected a time of 4 to ${symbols + 1} for ${symbols} symbols, got ${time}`);
  return batch(batchSize, time, symbols, (tokens) => {
    const order = random.permutation(symbols);
    for (let t = 0; t < time - 1; t++) tokens[t] = order[t]!;
    const asked = random.integer(time - 2);
    tokens[time - 1] = order[asked]!;
    return order[asked + 1]!;
  });
}

function batch(
  batchSize: number,
  time: number,
  vocabSize: number,
  fill: (tokens: Int32Array, row: number) => number,
): RecallBatch {
  const tokens = new Int32Array(batchSize * time);
  const answers = Int32Array.from({ length: batchSize }, (_, row) =>
    fill(tokens.subarray(row * time, (row + 1) * time), row),
  );
  return { tokens, answers, time, vocabSize };
}

export const about: About = {
  title: "Copy, recall and induction",
  description:
    "Sequences whose answer stands earlier in them: pass-key stream, needle, copy or not, associative recall, induction.",
  size: "Any number, from a seed.",
  use: 'import { passKey } from "#lab/dataset/recall";\nimport { random } from "#lab/random";\n\nconst { tokens, answers } = passKey(random(0), 16); // [16, 64], [16]',
  samples() {
    const shown = (title: string, { tokens, answers, time }: RecallBatch) => ({
      kind: "text" as const,
      title,
      lines: Array.from(
        answers,
        (answer, row) => `${tokens.subarray(row * time, (row + 1) * time).join(" ")} → ${answer}`,
      ),
    });
    return [
      shown("Pass-key stream", passKey(random(0), 3, 32)),
      shown("Needle", needle(random(0), 3, 32)),
      shown("Copy or not", copyOrNot(random(0), 4, { time: 16 })),
      shown("Associative recall", associativeRecall(random(0), 3)),
      shown("Induction", induction(random(0), 3, { time: 16, symbols: 16 })),
    ];
  },
};
