import * as tf from "@tensorflow/tfjs-core";
import type { About } from "#lab/dataset/about";
import type { Random } from "#lab/random";
import { session } from "#lab/session";

/** Every character that a text may hold: a newline and the 95 printable ASCII characters. */
export const vocabulary: readonly string[] = [
  "\n",
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)),
];

/** A text as tokens, cut in two. */
export interface TextDataset {
  vocabSize: number;
  train: Int32Array;
  /** The end of the text, never trained on. */
  heldOut: Int32Array;
}

/** Sequences, and the token that follows each position. */
export interface TextBatch {
  inputs: tf.Tensor2D; // int32 [batch, time]
  targets: tf.Tensor2D; // int32 [batch, time]
}

/**
 * The characters of Moby-Dick's first 31 chapters as tokens, of which the last `heldOut` part is kept apart.
 * Source and licence: `public/data/moby-dick.source.md`.
 */
export async function mobyDick({ heldOut = 0.1 } = {}): Promise<TextDataset> {
  return readText("mobyDick", "data/moby-dick.txt", heldOut);
}

/**
 * The characters of the State of the Union addresses of 1934 to 1942 as tokens of the same vocabulary, of which the last
 * `heldOut` part is kept apart: a second domain, for models that have only read Moby-Dick.
 * Source and licence: `public/data/state-of-the-union.source.md`.
 */
export async function stateOfTheUnion({ heldOut = 0.1 } = {}): Promise<TextDataset> {
  return readText("stateOfTheUnion", "data/state-of-the-union.txt", heldOut);
}

async function readText(caller: string, path: string, heldOut: number): Promise<TextDataset> {
  if (!(heldOut > 0 && heldOut < 1))
    throw new Error(`${caller}: expected heldOut between 0 and 1, got ${heldOut}`);
  const tokens = encode(new TextDecoder().decode(await session().readAsset(path)));
  const cut = Math.floor(tokens.length * (1 - heldOut));
  return { vocabSize: vocabulary.length, train: tokens.slice(0, cut), heldOut: tokens.slice(cut) };
}

/**
 * The index in `vocabulary` of each character.
 * @throws at the first character that is neither a newline nor printable ASCII
 */
export function encode(text: string): Int32Array {
  return Int32Array.from(text, (character, position) => {
    const code = character.codePointAt(0)!;
    if (code !== 10 && (code < 32 || code > 126)) {
      throw new Error(
        `encode: expected printable ASCII, got ${JSON.stringify(character)} at position ${position}`,
      );
    }
    return code === 10 ? 0 : code - 31;
  });
}

/** The text of tokens. */
export function decode(tokens: Iterable<number>): string {
  return Array.from(tokens, (token) => {
    const character = vocabulary[token];
    if (character === undefined) throw new Error(`decode: expected tokens from 0 to 95, got ${token}`);
    return character;
  }).join("");
}

/** `batchSize` pieces of `time` tokens, each from a random place. */
export function randomBatch(tokens: Int32Array, random: Random, batchSize: number, time: number): TextBatch {
  requireLength(tokens, time + 1);
  return batchAt(tokens, random.integers(batchSize, tokens.length - time), time);
}

/** `batchSize` pieces of `time` tokens, evenly spaced over the text: the same at every call. */
export function spacedBatch(tokens: Int32Array, batchSize: number, time: number): TextBatch {
  requireLength(tokens, time + 1);
  const stride = (tokens.length - time - 1) / Math.max(1, batchSize - 1);
  return batchAt(
    tokens,
    Int32Array.from({ length: batchSize }, (_, row) => Math.floor(row * stride)),
    time,
  );
}

function batchAt(tokens: Int32Array, starts: Int32Array, time: number): TextBatch {
  const pieces = (shift: number) => {
    const rows = new Int32Array(starts.length * time);
    starts.forEach((start, row) =>
      rows.set(tokens.subarray(start + shift, start + shift + time), row * time),
    );
    return tf.tensor2d(rows, [starts.length, time], "int32");
  };
  return { inputs: pieces(0), targets: pieces(1) };
}

function requireLength(tokens: Int32Array, least: number): void {
  if (tokens.length < least)
    throw new Error(`batch: expected a text of at least ${least} tokens, got ${tokens.length}`);
}

export const about: About = {
  title: "Two texts",
  description:
    "Moby-Dick and the State of the Union addresses of 1934 to 1942 as characters of one vocabulary: two domains.",
  size: "268,149 and 181,325 characters; the last tenth of each is kept apart unless asked otherwise; 96 characters.",
  use: 'import { mobyDick, stateOfTheUnion } from "#lab/dataset/text";\n\nconst { train, heldOut, vocabSize } = await mobyDick();',
  files: ["moby-dick", "state-of-the-union"],
  async samples() {
    const lines = (text: TextDataset) => [decode(text.train.slice(0, 700)).trim()];
    return [
      { kind: "text", title: "Moby-Dick", lines: lines(await mobyDick()) },
      { kind: "text", title: "State of the Union", lines: lines(await stateOfTheUnion()) },
    ];
  },
};
