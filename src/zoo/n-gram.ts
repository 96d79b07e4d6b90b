/**
 * The loss of an n-gram model of tokens on a held-out text, in nats per token: what a language model must beat to have
 * learnt more than short-range counts. Orders are interpolated by absolute discounting (Ney et al. 1994): with c counts
 * of a context, d the discount, and u the number of different tokens seen after it,
 * p(t | context) = max(count - d, 0) / c + (d u / c) p(t | shorter context), down to the uniform distribution.
 * @param order 1 for a unigram model, 2 for a bigram model, …
 * @throws when the order is not a positive whole number, or a text is shorter than it
 */
export function nGramLoss(
  train: Int32Array,
  heldOut: Int32Array,
  { order, vocabSize, discount = 0.75 }: { order: number; vocabSize: number; discount?: number },
): number {
  if (!Number.isInteger(order) || order < 1)
    throw new Error(`nGramLoss: expected an order of 1 or more, got ${order}`);
  if (train.length < order || heldOut.length < order) {
    throw new Error(
      `nGramLoss: expected texts of at least ${order} tokens, got ${train.length} and ${heldOut.length}`,
    );
  }
  const counts = Array.from({ length: order }, (_, length) => countFollowers(train, length));
  let loss = 0;
  for (let at = order - 1; at < heldOut.length; at++) {
    let p = 1 / vocabSize;
    for (const [length, contexts] of counts.entries()) {
      const followers = contexts.get(keyOf(heldOut, at - length, length));
      if (!followers) break;
      const seen = followers.counts.get(heldOut[at]!) ?? 0;
      p =
        Math.max(seen - discount, 0) / followers.total +
        ((discount * followers.counts.size) / followers.total) * p;
    }
    loss -= Math.log(p);
  }
  return loss / (heldOut.length - order + 1);
}

/** What follows a context, and how often. */
interface Followers {
  total: number;
  counts: Map<number, number>;
}

/** The followers of every context of `length` tokens. */
function countFollowers(tokens: Int32Array, length: number): Map<string, Followers> {
  const contexts = new Map<string, Followers>();
  for (let at = length; at < tokens.length; at++) {
    const key = keyOf(tokens, at - length, length);
    let followers = contexts.get(key);
    if (!followers) contexts.set(key, (followers = { total: 0, counts: new Map() }));
    followers.total++;
    followers.counts.set(tokens[at]!, (followers.counts.get(tokens[at]!) ?? 0) + 1);
  }
  return contexts;
}

function keyOf(tokens: Int32Array, start: number, length: number): string {
  return String.fromCharCode(...tokens.subarray(start, start + length));
}
