import type { About } from "#lab/dataset/about";
import { digits } from "#lab/dataset/digits";
import { type Random, random } from "#lab/random";

/** The digits 0 to 9 in words. */
export const digitWords = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
] as const;

/** What can be said of a digit; the word takes the place of the dash. */
export const captionTemplates = [
  "a photo of the digit -",
  "handwritten -",
  "the number -",
  "someone wrote a -",
  "- in ink on paper",
] as const;

/** Tokens of captions: 0 fills up a row, 1 is a space, 2 to 27 are a to z. */
export const captionVocabSize = 28;

/** Places in a row of caption tokens; the longest caption has 26 characters. */
export const captionTime = 28;

/** Captions as numbers, row by row. */
export interface CaptionTokens {
  tokens: Int32Array; // [count, captionTime]
  /** 1 where a character is there, 0 where the row is filled up. */
  present: Float32Array; // [count, captionTime]
  count: number;
}

/**
 * The caption of a digit: "a photo of the digit three".
 * @param template index in `captionTemplates`
 * @throws when there is no such digit or template
 */
export function caption(digit: number, template: number): string {
  const [word, words] = [digitWords[digit], captionTemplates[template]];
  if (!word || !words) {
    throw new Error(
      `caption: expected a digit from 0 to 9 and a template from 0 to ${captionTemplates.length - 1}, ` +
        `got ${digit} and ${template}`,
    );
  }
  return words.replace("-", word);
}

/** All captions, those of 0 first: 10 digits times 5 templates. */
export function allCaptions(): string[] {
  return digitWords.flatMap((_, digit) => captionTemplates.map((_, template) => caption(digit, template)));
}

/** A caption for each label, its template drawn at random. */
export function randomCaptions(labels: ArrayLike<number>, random: Random): string[] {
  return Array.from(labels, (digit) => caption(digit, random.integer(captionTemplates.length)));
}

/**
 * Characters of captions as tokens, filled up to `captionTime` places.
 * @throws when a caption is empty, too long, or has other characters than a to z and spaces
 */
export function captionTokens(captions: readonly string[]): CaptionTokens {
  const tokens = new Int32Array(captions.length * captionTime);
  captions.forEach((text, row) => {
    if (!/^[a-z ]+$/.test(text) || text.length > captionTime) {
      throw new Error(
        `captionTokens: expected 1 to ${captionTime} characters from a to z and spaces, got "${text}"`,
      );
    }
    for (const [at, letter] of [...text].entries())
      tokens[row * captionTime + at] = letter === " " ? 1 : letter.charCodeAt(0) - 95;
  });
  return {
    tokens,
    present: Float32Array.from(tokens, (token) => Math.min(token, 1)),
    count: captions.length,
  };
}

export const about: About = {
  title: "Captions of digits",
  description: "Short sentences on the handwritten digits, five ways to name each, as character tokens.",
  size: "50 captions, 5 templates times 10 number words; 28 tokens: a to z, the space, and what fills up a row.",
  use: 'import { captionTokens, randomCaptions } from "#lab/dataset/captions";\nimport { digits } from "#lab/dataset/digits";\nimport { random } from "#lab/random";\n\nconst { train } = await digits({ side: 8 });\nconst { tokens, present } = captionTokens(randomCaptions(train.labels, random(0)));',
  files: ["digits"],
  async samples() {
    const { train } = await digits();
    const labels = train.labels.subarray(0, 10);
    const lines = randomCaptions(labels, random(0));
    return [
      {
        kind: "images",
        title: "Ten digits with a caption each",
        images: train.images.subarray(0, 10 * 784),
        side: 28,
        labels: lines,
      },
      {
        kind: "text",
        title: "The five ways to name a seven",
        lines: captionTemplates.map((_, t) => caption(7, t)),
      },
    ];
  },
};
