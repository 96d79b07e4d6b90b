import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** Objects are tokens 0 to 11, box labels 12 to 19; then the comma, the question and "has". */
export const boxTokens = { objects: 12, labels: 8, comma: 20, question: 21, has: 22, vocabSize: 23 } as const;

export interface BoxBatch {
  tokens: Int32Array; // [batchSize, time]
  /** The object after each `has`. */
  answers: Int32Array; // [batchSize, queries]
  /** Where each `has` stands: the same in every row. */
  hasPositions: Int32Array; // [queries]
  time: number;
}

/**
 * Which object is in which box ("Fine-Tuning Enhances Existing Mechanisms: A Case Study on Entity Tracking", arXiv
 * 2402.14811, as tokens): `boxes` segments "object label ,", all objects and labels of a row different, then `queries`
 * questions "Q label has" with a label of the context, each drawn by itself. The answers are never in the sequence.
 * @throws when there are more boxes than labels
 */
export function boxes(random: Random, batchSize: number, { boxes: count = 4, queries = 1 } = {}): BoxBatch {
  if (!(Number.isInteger(count) && count >= 1 && count <= boxTokens.labels))
    throw new Error(`boxes: expected 1 to ${boxTokens.labels} boxes, got ${count}`);
  const time = 3 * (count + queries);
  const tokens = new Int32Array(batchSize * time);
  const answers = new Int32Array(batchSize * queries);
  for (let row = 0; row < batchSize; row++) {
    const objects = random.permutation(boxTokens.objects);
    const labels = random.permutation(boxTokens.labels);
    for (let box = 0; box < count; box++)
      tokens.set([objects[box]!, boxTokens.objects + labels[box]!, boxTokens.comma], row * time + 3 * box);
    for (let query = 0; query < queries; query++) {
      const asked = random.integer(count);
      const words = [boxTokens.question, boxTokens.objects + labels[asked]!, boxTokens.has];
      tokens.set(words, row * time + 3 * (count + query));
      answers[row * queries + query] = objects[asked]!;
    }
  }
  const hasPositions = Int32Array.from({ length: queries }, (_, query) => 3 * (count + query) + 2);
  return { tokens, answers, hasPositions, time };
}

export const about: About = {
  title: "Entity tracking",
  description: "Objects in labelled boxes, and questions which object is in which box.",
  size: "Any number, from a seed; 12 objects, 8 labels, 23 tokens.",
  use: 'import { boxes } from "#lab/dataset/entity-tracking";\nimport { random } from "#lab/random";\n\nconst { tokens, answers } = boxes(random(0), 48, { boxes: 4, queries: 6 });',
  samples() {
    const { tokens, answers, time } = boxes(random(0), 6);
    const word = (token: number) =>
      token < 12 ? `object${token}` : token < 20 ? "ABCDEFGH"[token - 12]! : [",", "Q", "has"][token - 20]!;
    const lines = Array.from(answers, (answer, row) => {
      const words = Array.from(tokens.subarray(row * time, (row + 1) * time), word).join(" ");
      return `${words} → ${word(answer)}`;
    });
    return [{ kind: "text", title: "Four boxes, one question", lines }];
  },
};
