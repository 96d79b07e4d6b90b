import { expect, test } from "vitest";
import { fillerChain, passKey } from "#lab/dataset/recall";
import { random } from "#lab/random";
import { fillerLosses } from "#zoo/filler-loss";

/** The chain's shares after many steps: the vector that its transitions leave as it is. */
function stationary(chain: number[][]): number[] {
  let shares = chain.map(() => 1 / chain.length);
  for (let step = 0; step < 1000; step++)
    shares = chain.map((_, to) => shares.reduce((sum, share, from) => sum + share * chain[from]![to]!, 0));
  return shares;
}

test("over many streams the losses are the entropies of the chain", () => {
  const chain = fillerChain();
  const shares = stationary(chain);
  const entropy = (p: number[]) => p.reduce((sum, share) => sum - share * Math.log(share), 0);
  const { unigram, chain: byChain } = fillerLosses(passKey(random(1), 3000), { from: 20 });
  expect(Math.abs(unigram - entropy(shares))).toBeLessThan(0.01);
  const rate = shares.reduce((sum, share, from) => sum + share * entropy(chain[from]!), 0);
  expect(Math.abs(byChain - rate)).toBeLessThan(0.01);
});

test("one step, by hand", () => {
  const tokens = Int32Array.of(0, 9, 8, 12, 22);
  const { chain } = fillerLosses({ tokens, answers: Int32Array.of(0), time: 5, vocabSize: 23 }, { from: 2 });
  expect(chain).toBeCloseTo(-Math.log(fillerChain()[0]![4]!), 12);
});

test("a key in the stretch is refused", () => {
  expect(() => fillerLosses(passKey(random(1), 100), { from: 2 })).toThrow(
    /fillerLosses: expected fillers from there on, got token [0-7]: start behind the key/,
  );
});
