import { encode, vocabulary } from "#lab/dataset/text";
import type { About } from "#lab/dataset/about";
import { session } from "#lab/session";

/** A vocabulary of frequent pieces of text. */
export interface BytePairs {
  /** The text of each token; the first 96 are the characters of `vocabulary`. */
  pieces: string[];
  vocabSize: number;
  encode(text: string): Int32Array;
  decode(tokens: Iterable<number>): string;
}

/**
 * A byte-pair vocabulary of `vocabSize` tokens, trained on a text of printable ASCII.
 *
 * Each step joins the two neighbouring tokens that stand together most often (Sennrich et al., "Neural Machine
 * Translation of Rare Words with Subword Units", arXiv 1508.07909). Tokens are joined inside words only; the space before
 * a word belongs to the word. Equal counts: the pair with the smaller first token, then the smaller second one, wins, so
 * that the same text always gives the same vocabulary.
 * @throws when `vocabSize` is below 96 or the text has too few pairs that occur twice
 */
export function bytePairs(text: string, vocabSize: number): BytePairs {
  if (!Number.isInteger(vocabSize) || vocabSize < vocabulary.length)
    throw new Error(`bytePairs: expected a vocabSize of at least ${vocabulary.length}, got ${vocabSize}`);
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => ({ tokens: Array.from(encode(word)), count }));
  const pieces = [...vocabulary];
  const ranks = new Map<number, number>(); // pair -> the token that it becomes; smaller tokens are joined first
  while (pieces.length < vocabSize) {
    const pair = mostFrequentPair(words);
    if (pair === undefined)
      throw new Error(
        `bytePairs: expected a text with pairs for ${vocabSize} tokens, got enough for ${pieces.length}; ask for fewer`,
      );
    const token = pieces.length;
    ranks.set(pair, token);
    pieces.push(pieces[Math.floor(pair / radix)]! + pieces[pair % radix]!);
    for (const word of words) if (word.tokens.length > 1) word.tokens = join(word.tokens, pair, token);
  }
  const known = new Map<string, number[]>();
  const encodeWord = (word: string) => {
    let tokens = known.get(word);
    if (!tokens) known.set(word, (tokens = joinAll(Array.from(encode(word)), ranks)));
    return tokens;
  };
  return {
    pieces,
    vocabSize,
    encode: (given) => Int32Array.from(wordsOf(given).flatMap(encodeWord)),
    decode: (tokens) =>
      Array.from(tokens, (token) => {
        const piece = pieces[token];
        if (piece === undefined)
          throw new Error(`bytePairs: expected tokens from 0 to ${vocabSize - 1}, got ${token}`);
        return piece;
      }).join(""),
  };
}

/** Pairs are one number, first * radix + second; vocabularies stay far below this. */
const radix = 65_536;

/** A text in pieces of one word each, with the space before it; newlines, digits and signs stand apart from letters. */
function wordsOf(text: string): string[] {
  return text.match(/ ?[A-Za-z]+| ?[0-9]+| ?[^A-Za-z0-9\s]+|[^\S\n]+|\n|[^]/g) ?? [];
}

function mostFrequentPair(words: { tokens: number[]; count: number }[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { tokens, count } of words)
    for (let i = 1; i < tokens.length; i++) {
      const pair = tokens[i - 1]! * radix + tokens[i]!;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  let best: number | undefined;
  let most = 1; // a pair that occurs once is no pattern
  for (const [pair, count] of counts)
    if (count > most || (count === most && best !== undefined && pair < best)) [best, most] = [pair, count];
  return best;
}

function join(tokens: number[], pair: number, token: number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (i + 1 < tokens.length && tokens[i]! * radix + tokens[i + 1]! === pair) {
      joined.push(token);
      i++;
    } else joined.push(tokens[i]!);
  }
  return joined;
}

function joinAll(tokens: number[], ranks: Map<number, number>): number[] {
  for (let joined = tokens; ;) {
    let first: { pair: number; token: number } | undefined;
    for (let i = 1; i < joined.length; i++) {
      const pair = joined[i - 1]! * radix + joined[i]!;
      const token = ranks.get(pair);
      if (token !== undefined && (!first || token < first.token)) first = { pair, token };
    }
    if (!first) return joined;
    joined = join(joined, first.pair, first.token);
  }
}

export const about: About = {
  title: "Byte pairs",
  description:
    "A small vocabulary of frequent pieces of words, trained on any text by byte-pair encoding, always the same.",
  size: "96 characters and as many joined pieces as asked for.",
  use: 'import { bytePairs } from "#lab/dataset/byte-pairs";\nimport { decode as textOf, mobyDick } from "#lab/dataset/text";\n\nconst text = textOf((await mobyDick()).train);\nconst { encode, decode, pieces } = bytePairs(text, 512);',
  async samples() {
    const text = new TextDecoder().decode(await session().readAsset("data/moby-dick.txt"));
    const pairs = bytePairs(text, 512);
    const sentence = text.slice(text.indexOf("Call me"), text.indexOf("Call me") + 190);
    const shown = (piece: string) => piece.replaceAll(" ", "␣").replaceAll("\n", "↵");
    return [
      {
        kind: "text",
        title: "The first 40 joined pieces of Moby-Dick",
        lines: [pairs.pieces.slice(96, 136).map(shown).join("  ")],
      },
      {
        kind: "text",
        title: "The first lines of the book in 512 pieces",
        lines: [Array.from(pairs.encode(sentence), (token) => shown(pairs.pieces[token]!)).join("|")],
      },
    ];
  },
};
