import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/**
 * Two rules for each symbol, either with probability 1/2; a, b and c end. The grammar of "Mechanistically analyzing the
 * effects of fine-tuning on procedurally defined tasks" (arXiv 2311.12786), Fig. 14.
 */
export const rules: Readonly<Record<string, readonly [string, string]>> = {
  s: ["rq", "qp"],
  p: ["mno", "nom"],
  q: ["nmo", "mn"],
  r: ["om", "mon"],
  m: ["lj", "jlk"],
  n: ["kjl", "ljk"],
  o: ["lkj", "kj"],
  j: ["hi", "ih"],
  k: ["hgi", "ghi"],
  l: ["ihg", "hig"],
  g: ["dfe", "fed"],
  h: ["edf", "def"],
  i: ["efd", "fde"],
  d: ["ca", "abc"],
  e: ["cb", "cab"],
  f: ["cba", "ba"],
};

/**
 * A string of the grammar over a, b and c, from this symbol on.
 * @throws when the grammar has no such symbol
 */
export function grammarString(random: Random, symbol = "s"): string {
  if (symbol === "a" || symbol === "b" || symbol === "c") return symbol;
  const choices = rules[symbol];
  if (!choices)
    throw new Error(`grammarString: expected a symbol of a to s that the grammar has, got "${symbol}"`);
  return Array.from(choices[random.integer(2)]!, (next) => grammarString(random, next)).join("");
}

/**
 * `count` windows of `time` tokens (0 is a, 1 is b, 2 is c), each from a random place of strings joined end to end.
 */
export function grammarWindows(random: Random, count: number, time = 250): Int32Array {
  if (!Number.isInteger(time) || time < 1)
    throw new Error(`grammarWindows: expected a time of 1 or more, got ${time}`);
  const windows = new Int32Array(count * time); // [count, time]
  for (let row = 0; row < count; row++) {
    let text = grammarString(random);
    const start = random.integer(text.length);
    while (text.length < start + time) text += grammarString(random);
    for (let t = 0; t < time; t++) windows[row * time + t] = text.charCodeAt(start + t) - 97;
  }
  return windows;
}

export const about: About = {
  title: "A small grammar",
  description:
    "Strings over a, b and c from a grammar of sixteen symbols with two rules each, for counting tasks.",
  size: "Any number, from a seed.",
  use: 'import { grammarWindows } from "#lab/dataset/grammar";\nimport { random } from "#lab/random";\n\nconst tokens = grammarWindows(random(0), 64, 24); // [64, 24]',
  samples() {
    const draw = random(0);
    return [
      { kind: "text", title: "Whole strings", lines: Array.from({ length: 3 }, () => grammarString(draw)) },
      {
        kind: "text",
        title: "The rules",
        lines: Object.entries(rules).map(([symbol, [one, two]]) => `${symbol} → ${one} | ${two}`),
      },
    ];
  },
};
