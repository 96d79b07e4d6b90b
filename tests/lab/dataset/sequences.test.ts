import { describe, expect, test } from "vitest";
import { additions, digitTasks, multiplication } from "#lab/dataset/arithmetic";
import { boxTokens, boxes } from "#lab/dataset/entity-tracking";
import { grammarString, grammarWindows, rules } from "#lab/dataset/grammar";
import { encode } from "#lab/dataset/text";
import { random } from "#lab/random";

describe("arithmetic", () => {
  test("the digits of a product, read as a number, are the product, and each has the right task", () => {
    const { tokens, tasks, time, answerStart } = multiplication(random(0), 3000);
    const seen = new Set<number>();
    for (let row = 0; row < 3000; row++) {
      const line = Array.from(tokens.subarray(row * time, (row + 1) * time));
      const [factor, one] = [Number(line.slice(0, 3).join("")), line[4]!];
      expect([line[3], line[5]]).toEqual([10, 11]);
      expect(Number(line.slice(answerStart).join(""))).toBe(factor * one);
      for (let i = 0; i <= 3; i++) {
        // The carry into position i is what the lower digits give, whatever the recursion says.
        const carry = Math.floor(((factor % 10 ** i) * one) / 10 ** i);
        const p = (Math.floor(factor / 10 ** i) % 10) * one;
        const chained = (p % 10) + carry >= 10;
        const name =
          i === 3
            ? "carry"
            : carry === 0
              ? p < 10
                ? "product"
                : "product with carry"
              : chained
                ? "carry chained"
                : "carry used";
        const task = tasks[row * 4 + 3 - i]!;
        expect(digitTasks[task]).toBe(name);
        seen.add(task);
      }
    }
    expect(seen.size).toBe(5);
  });
  test("reversed answers are the same answers from the other end", () => {
    const [there, back] = [multiplication(random(1), 50), multiplication(random(1), 50, { reversed: true })];
    for (let row = 0; row < 50; row++) {
      const [a, b] = [there, back].map(({ tokens }) => Array.from(tokens.subarray(row * 10, row * 10 + 10)));
      expect(b!.slice(0, 6)).toEqual(a!.slice(0, 6));
      expect(b!.slice(6)).toEqual(a!.slice(6).reverse());
      expect(Array.from(back.tasks.subarray(row * 4, row * 4 + 4))).toEqual(
        Array.from(there.tasks.subarray(row * 4, row * 4 + 4)).reverse(),
      );
    }
  });
  test("additions are right and in the alphabet of the books", () => {
    const text = additions(random(0), 500);
    expect(encode(text)).toHaveLength(text.length);
    for (const line of text.trim().split("\n")) {
      const [, a, b, c] = /^(\d{1,3})\+(\d{1,3})=(\d{1,4})$/.exec(line)!;
      expect(Number(a) + Number(b)).toBe(Number(c));
    }
    expect(() => additions(random(0), 1, { digits: 0 })).toThrow("additions: expected 1 to 9 digits, got 0");
    expect(() => multiplication(random(0), 1, { digits: 0 })).toThrow(
      "multiplication: expected 1 digit or more",
    );
  });
});

describe("boxes", () => {
  test("each answer is the object that the context puts in the box asked for", () => {
    const { tokens, answers, hasPositions, time } = boxes(random(0), 300, { boxes: 5, queries: 6 });
    expect(time).toBe(33);
    for (let row = 0; row < 300; row++) {
      const line = Array.from(tokens.subarray(row * time, (row + 1) * time));
      const context = line.slice(0, 15);
      expect(new Set(context.filter((token) => token < 20)).size).toBe(10);
      hasPositions.forEach((at, query) => {
        expect([line[at - 2], line[at]]).toEqual([boxTokens.question, boxTokens.has]);
        expect(answers[row * 6 + query]).toBe(context[context.indexOf(line[at - 1]!) - 1]);
      });
    }
    expect(boxes(random(7), 5)).toEqual(boxes(random(7), 5));
    expect(() => boxes(random(0), 1, { boxes: 9 })).toThrow("boxes: expected 1 to 8 boxes, got 9");
  });
});

describe("grammar", () => {
  /** The ends at which a symbol's strings may end when they begin at `start`: a recogniser without chance. */
  function ends(text: string, symbol: string, start: number): number[] {
    const choices = rules[symbol];
    if (!choices) return text[start] === symbol ? [start + 1] : [];
    return choices.flatMap((choice) =>
      Array.from(choice).reduce(
        (from, next) => [...new Set(from.flatMap((at) => ends(text, next, at)))],
        [start],
      ),
    );
  }
  test("strings are recognised by a parser, and a changed one is not", () => {
    const draw = random(0);
    for (let i = 0; i < 5; i++) {
      const text = grammarString(draw);
      expect(ends(text, "s", 0)).toContain(text.length);
      expect(ends(text.replace(/^./, (c) => (c === "a" ? "b" : "a")) + "a", "s", 0)).not.toContain(
        text.length + 1,
      );
    }
  });
  test("the rules are the figure's: from every symbol, all strings of the two rules and nothing else", () => {
    // Fig. 14, once more, as one line per level.
    const figure =
      "s→rq|qp p→mno|nom q→nmo|mn r→om|mon m→lj|jlk n→kjl|ljk o→lkj|kj j→hi|ih k→hgi|ghi " +
      "l→ihg|hig g→dfe|fed h→edf|def i→efd|fde d→ca|abc e→cb|cab f→cba|ba";
    expect(
      Object.entries(rules)
        .map(([symbol, [one, two]]) => `${symbol}→${one}|${two}`)
        .join(" "),
    ).toBe(figure);
    const draw = random(2);
    const drawn = Array.from({ length: 400 }, () => grammarString(draw, "d"));
    expect(new Set(drawn)).toEqual(new Set(["ca", "abc"]));
    expect(Math.abs(drawn.filter((text) => text === "ca").length - 200)).toBeLessThan(50); // five standard deviations
  });
  test("windows are pieces of strings; same seed, same windows", () => {
    const tokens = grammarWindows(random(0), 50, 24);
    expect(tokens).toHaveLength(1200);
    expect(new Set(tokens)).toEqual(new Set([0, 1, 2]));
    expect(tokens).toEqual(grammarWindows(random(0), 50, 24));
    expect(() => grammarWindows(random(0), 1, 0)).toThrow(
      "grammarWindows: expected a time of 1 or more, got 0",
    );
    expect(() => grammarString(random(0), "z")).toThrow('got "z"');
  });
});
