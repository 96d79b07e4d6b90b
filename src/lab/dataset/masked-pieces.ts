import { type BytePairs, bytePairs } from "#lab/dataset/byte-pairs";
import { decode, mobyDick } from "#lab/dataset/text";

/** A vocabulary of pieces of text, and one token more that hides a piece. */
export interface MaskedPieces extends BytePairs {
  /** The token of the mask, the last one; `vocabSize` counts it. */
  mask: number;
}

/** What is drawn for a hidden piece. */
const shownMask = "▁";

/**
 * The tokens that `tiny-bert` reads: 511 byte pairs of Moby-Dick's training part, and the mask. They are found anew at
 * each call, in about a second; the same text always gives the same pieces, so there is no file to keep.
 */
export async function maskedPieces(): Promise<MaskedPieces> {
  const { train } = await mobyDick();
  const pairs = bytePairs(decode(train), 511);
  const pieces = [...pairs.pieces, shownMask];
  return {
    ...pairs,
    pieces,
    vocabSize: pieces.length,
    mask: pieces.length - 1,
    decode: (tokens) =>
      Array.from(tokens, (token) => (token === pieces.length - 1 ? shownMask : pairs.decode([token]))).join(
        "",
      ),
  };
}
