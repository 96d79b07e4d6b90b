import { beforeAll, expect, test } from "vitest";
import { digits, type LabelledImages } from "#lab/dataset/digits";
import { needle } from "#lab/dataset/recall";
import { sequenceSuite, suiteShape, type SequenceTask } from "#lab/dataset/sequence-suite";
import { random } from "#lab/random";
import { startHere, startNodeSession } from "#tests/lab/device-case";

beforeAll(async () => {
  startNodeSession();
  await startHere("cpu");
});

async function drawn(task: SequenceTask, seed: number, size: number) {
  const { tokens, labels } = task(seed, size);
  expect([tokens.dtype, labels.dtype]).toEqual(["int32", "int32"]);
  return { tokens: await tokens.array(), labels: Array.from(await labels.data()) };
}

test("a needle is that of its seed, with the mark in the first place", async () => {
  const { tokens, labels } = await drawn((await sequenceSuite()).needle, 3, 5);
  const plain = needle(random(3), 5, 48);
  expect(labels).toEqual(Array.from(plain.answers));
  tokens.forEach((row, i) => {
    expect(row[0]).toBe(suiteShape.mark);
    expect(row.slice(1)).toEqual(Array.from(plain.tokens.subarray(48 * i + 1, 48 * (i + 1))));
    expect(row.filter((token) => token < 8)).toEqual([labels[i]]);
  });
});

test("pixels are ink in 16 levels, of test images for seed 0 alone", async () => {
  const { pixels } = await sequenceSuite();
  const images = await digits({ side: 8 });
  const rowsOf = ({ images, count }: LabelledImages) =>
    new Set(
      Array.from({ length: count }, (_, i) =>
        Array.from(images.subarray(64 * i + 1, 64 * (i + 1)), (ink) => Math.round(15 * ink)).join(),
      ),
    );
  const [train, test] = [rowsOf(images.train), rowsOf(images.test)];
  for (const [seed, own] of [
    [0, test],
    [7, train],
  ] as const) {
    const { tokens, labels } = await drawn(pixels, seed, 20);
    for (const [first, ...rest] of tokens) {
      expect(first).toBe(suiteShape.mark);
      expect(own.has(rest.join())).toBe(true);
    }
    expect(Math.max(...labels)).toBeLessThan(suiteShape.classes);
  }
});
