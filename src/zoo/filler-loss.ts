import { fillerChain, passKey, passKeyTokens, type RecallBatch } from "#lab/dataset/recall";
import { random } from "#lab/random";

/** Nats per filler of two models that need no training. */
export interface FillerLosses {
  /** Each filler by its share of a long stream. */
  unigram: number;
  /** Each filler by the chain that makes the stream, from the one before: nothing can do better. */
  chain: number;
}

/**
 * Mean nats of a pass-key stream's fillers that follow the positions `from` to time - 3.
 * @throws when one of them, or of those they follow, is no filler: start behind the key
 */
export function fillerLosses(
  { tokens, time, answers }: RecallBatch,
  { from }: { from: number },
): FillerLosses {
  const chain = fillerChain();
  const share = fillerShares();
  let [unigram, byChain, seen] = [0, 0, 0];
  for (let row = 0; row < answers.length; row++)
    for (let t = from; t < time - 2; t++, seen++) {
      const at = row * time + t;
      const [before, filler] = [fillerOf(tokens[at]!), fillerOf(tokens[at + 1]!)];
      unigram -= Math.log(share[filler]!);
      byChain -= Math.log(chain[before]![filler]!);
    }
  return { unigram: unigram / seen, chain: byChain / seen };
}

function fillerOf(token: number): number {
  const { keys, fillers } = passKeyTokens;
  if (token >= keys && token < keys + fillers) return token - keys;
  throw new Error(`fillerLosses: expected fillers from there on, got token ${token}: start behind the key`);
}

/** Each filler's share of a stream of 126,000 fillers. */
function fillerShares(): number[] {
  const { keys, fillers } = passKeyTokens;
  const counts = new Array<number>(fillers).fill(0);
  for (const token of passKey(random(8), 2000).tokens)
    if (token >= keys && token < keys + fillers) counts[token - keys]!++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}
