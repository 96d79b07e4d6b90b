import { describe, expect, test } from "vitest";
import {
  about,
  allCaptions,
  caption,
  captionTemplates,
  captionTime,
  captionTokens,
  captionVocabSize,
  digitWords,
  randomCaptions,
} from "#lab/dataset/captions";
import { random } from "#lab/random";

/** Tokens back as text, by the alphabet written out. */
const text = (tokens: ArrayLike<number>) =>
  Array.from(tokens, (token) => "_ abcdefghijklmnopqrstuvwxyz"[token]).join("");

describe("captions", () => {
  test("say the digit in words", () => {
    expect(caption(3, 0)).toBe("a photo of the digit three");
    expect(caption(0, 4)).toBe("zero in ink on paper");
    const all = allCaptions();
    expect(new Set(all).size).toBe(50);
    expect(all[7 * 5 + 2]).toBe("the number seven");
    all.forEach((one, at) => expect(one).toContain(digitWords[Math.floor(at / 5)]));
    expect(about.size).toContain(`${all.length} captions, ${captionTemplates.length} templates`);
    expect(() => caption(10, 0)).toThrow("caption: expected a digit from 0 to 9");
    expect(() => caption(1, 5)).toThrow("a template from 0 to 4, got 1 and 5");
  });
  test("become tokens and back, filled up with zeros", () => {
    const all = allCaptions();
    const { tokens, present, count } = captionTokens(all);
    expect([count, tokens.length]).toEqual([50, 50 * captionTime]);
    expect(Math.max(...tokens)).toBeLessThan(captionVocabSize);
    all.forEach((one, row) => {
      const own = tokens.subarray(row * captionTime, (row + 1) * captionTime);
      expect(text(own)).toBe(one.padEnd(captionTime, "_"));
      const there = present.subarray(row * captionTime, (row + 1) * captionTime);
      expect(Array.from(there)).toEqual(
        Array.from({ length: captionTime }, (_, at) => (at < one.length ? 1 : 0)),
      );
    });
    expect(() => captionTokens(["the number 7"])).toThrow(
      'captionTokens: expected 1 to 28 characters from a to z and spaces, got "the number 7"',
    );
    for (const wrong of ["", "a".repeat(29)]) expect(() => captionTokens([wrong])).toThrow("captionTokens");
  });
  test("are drawn from every template, alike for the same seed", () => {
    const labels = Array.from({ length: 400 }, (_, i) => i % 10);
    const drawn = randomCaptions(labels, random(3));
    expect(drawn).toEqual(randomCaptions(labels, random(3)));
    drawn.forEach((one, i) => expect(captionTemplates.map((_, t) => caption(i % 10, t))).toContain(one));
    expect(new Set(drawn).size).toBe(50);
  });
});
