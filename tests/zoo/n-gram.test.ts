import { expect, test } from "vitest";
import { nGramLoss } from "#zoo/n-gram";

const tokens = (text: string) => Int32Array.from(text, (c) => c.charCodeAt(0) - 97);

test("a unigram model without discount is the empirical distribution", () => {
  const loss = nGramLoss(tokens("aab"), tokens("ab"), { order: 1, vocabSize: 2, discount: 0 });
  expect(loss).toBeCloseTo(-(Math.log(2 / 3) + Math.log(1 / 3)) / 2, 12);
});

test("a bigram model interpolates by absolute discounting, worked by hand", () => {
  // train "abab": after a: b twice. Unigram: a 2, b 2 of 4, two kinds. Uniform over 4.
  const d = 0.75;
  const unigram = (2 - d) / 4 + ((d * 2) / 4) * (1 / 4);
  const bGivenA = (2 - d) / 2 + ((d * 1) / 2) * unigram;
  const loss = nGramLoss(tokens("abab"), tokens("ab"), { order: 2, vocabSize: 4 });
  expect(loss).toBeCloseTo(-Math.log(bGivenA), 12);
});

test("probabilities over the vocabulary sum to one, seen context or not", () => {
  const train = tokens("abracadabra");
  for (const context of ["ab", "zz", "ra"]) {
    let sum = 0;
    for (let token = 0; token < 26; token++) {
      const text = Int32Array.from([...tokens(context), token]);
      sum += Math.exp(-nGramLoss(train, text, { order: 3, vocabSize: 26 }));
    }
    expect(sum).toBeCloseTo(1, 12);
  }
});

test("an order or a text that makes no sense is refused", () => {
  expect(() => nGramLoss(tokens("ab"), tokens("ab"), { order: 0, vocabSize: 2 })).toThrow(
    "nGramLoss: expected an order of 1 or more, got 0",
  );
  expect(() => nGramLoss(tokens("ab"), tokens("a"), { order: 2, vocabSize: 2 })).toThrow(
    "nGramLoss: expected texts of at least 2 tokens, got 2 and 1",
  );
});
