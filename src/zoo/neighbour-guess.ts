/** Shares of a text's tokens, 0 to 1, that counting names without a network. */
export interface Guesses {
  /** By the most frequent token. */
  unigram: number;
  /** By the token that most often follows the one before. */
  bigram: number;
  /** By the token that most often stands between the one before and the one after, else by the bigram guess. */
  between: number;
}

/**
 * How often counts of a training text name a token of a held-out text whose neighbours are known. Of tokens that were
 * seen equally often, the smallest is guessed.
 * @throws when a text has fewer than three tokens
 */
export function neighbourGuesses(train: Int32Array, heldOut: Int32Array): Guesses {
  if (train.length < 3 || heldOut.length < 3)
    throw new Error(
      `neighbourGuesses: expected texts of at least 3 tokens, got ${train.length} and ${heldOut.length}`,
    );
  const followers = mostFrequent(train, (at) => train[at - 1]!);
  const middles = mostFrequent(train, (at) => train[at - 1]! * radix + train[at + 1]!);
  const [often] = mostFrequent(train, () => 0).values();
  const right = { unigram: 0, bigram: 0, between: 0 };
  for (let at = 1; at < heldOut.length - 1; at++) {
    const [before, token, after] = heldOut.subarray(at - 1, at + 2) as unknown as [number, number, number];
    const bigram = followers.get(before) ?? often;
    if (token === often) right.unigram++;
    if (token === bigram) right.bigram++;
    if (token === (middles.get(before * radix + after) ?? bigram)) right.between++;
  }
  const count = heldOut.length - 2;
  return { unigram: right.unigram / count, bigram: right.bigram / count, between: right.between / count };
}

/** Pairs of tokens are one number; vocabularies stay far below this. */
const radix = 65_536;

/** The most frequent token of each context; tokens without a neighbour on both sides are left out. */
function mostFrequent(tokens: Int32Array, contextOf: (at: number) => number): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (let at = 1; at < tokens.length - 1; at++) {
    const context = contextOf(at);
    let own = counts.get(context);
    if (!own) counts.set(context, (own = new Map()));
    own.set(tokens[at]!, (own.get(tokens[at]!) ?? 0) + 1);
  }
  const best = (own: Map<number, number>) =>
    [...own].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))[0];
  return new Map([...counts].map(([context, own]) => [context, best(own)]));
}
