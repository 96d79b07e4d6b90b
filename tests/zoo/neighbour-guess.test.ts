import { expect, test } from "vitest";
import { neighbourGuesses } from "#zoo/neighbour-guess";

const tokens = (text: string) => Int32Array.from(text, (c) => c.charCodeAt(0) - 97);

test("counts by hand", () => {
  // Inside "abcabcabdab": a 3 times, b 3, c 2, d 1, so a is guessed; after a: b, after b: c, after c: a, after d: a;
  // between b and a: c twice, d once; between a and c, and a and d: b.
  const guesses = neighbourGuesses(tokens("abcabcabdab"), tokens("abdabcd"));
  // Asked: b (a_d), d (b_a), a (d_b), b (a_c), c (b_d).
  expect(guesses.unigram).toBeCloseTo(1 / 5, 12);
  // b, c for d, a, b, c.
  expect(guesses.bigram).toBeCloseTo(4 / 5, 12);
  expect(guesses.between).toBeCloseTo(4 / 5, 12);
});

test("the token after tells what the one before cannot", () => {
  const guesses = neighbourGuesses(tokens("xaxxbyxaxxbyxax"), tokens("xbyxax"));
  // Asked: b (x_y), y (b_x), x (y_a), a (x_x); after x comes a most often.
  expect(guesses.bigram).toBeCloseTo(3 / 4, 12);
  expect(guesses.between).toBeCloseTo(1, 12);
});

test("texts without a middle are refused", () => {
  expect(() => neighbourGuesses(tokens("abc"), tokens("ab"))).toThrow(
    "neighbourGuesses: expected texts of at least 3 tokens, got 3 and 2",
  );
});
