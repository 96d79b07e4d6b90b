import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { maskTokens } from "#lab/masking";
import { crossEntropy, read } from "#lab/metric";
import { random } from "#lab/random";
import { expectClose, onEachDevice, startHere } from "./device-case";
import * as reference from "./reference";

const masking = { mask: 9, vocabSize: 10 };

describe("maskTokens", () => {
  beforeAll(() => startHere("cpu"));
  /** Many sequences of 40 threes, and the numbers of their batch. */
  async function masked(options: Partial<Parameters<typeof maskTokens>[2]> = {}, seed = 0) {
    const sequences = Array.from({ length: 500 }, () => new Int32Array(40).fill(3));
    const batch = maskTokens(sequences, random(seed), { ...masking, ...options });
    const [inputs, targets, counts] = await Promise.all(
      [batch.inputs, batch.targets, batch.counts].map((tensor) => tensor.data()),
    );
    tf.dispose(Object.values(batch));
    return { inputs: inputs!, targets: targets!, counts: counts! };
  }

  test("asks for 15 % of each sequence, at any position", async () => {
    const { counts, targets } = await masked();
    const perPosition = new Array<number>(40).fill(0);
    for (let row = 0; row < 500; row++) {
      const asked = Array.from(counts.subarray(row * 40, (row + 1) * 40));
      expect(asked.filter((count) => count === 1)).toHaveLength(6);
      expect(asked.filter((count) => count === 0)).toHaveLength(34);
      asked.forEach((count, t) => (perPosition[t]! += count));
    }
    // 75 expected at each position, with a standard deviation of 8.
    expect(Math.min(...perPosition)).toBeGreaterThan(43);
    expect(Math.max(...perPosition)).toBeLessThan(107);
    expect(targets.every((token) => token === 3)).toBe(true);
  });

  test("of these, shows 80 % as the mask, 10 % as another token, 10 % as they are", async () => {
    const { inputs, counts } = await masked();
    const shown = Array.from(inputs).filter((_, at) => counts[at] === 1);
    const share = (test: (token: number) => boolean) => shown.filter(test).length / shown.length;
    expect(shown).toHaveLength(3000);
    expect(share((token) => token === 9)).toBeCloseTo(0.8, 1);
    // One replacement in nine is the token itself.
    expect(share((token) => token === 3)).toBeCloseTo(0.1 + 0.1 / 9, 1);
    const others = [0, 1, 2, 4, 5, 6, 7, 8].map((other) => share((token) => token === other));
    for (const other of others) expect(Math.abs(other - 0.1 / 9)).toBeLessThan(0.009);
    expect(inputs.every((token, at) => counts[at] === 1 || token === 3)).toBe(true);
  });

  test("replaces by every token but the mask, wherever the mask stands", async () => {
    const drawn = async (mask: number) =>
      [...new Set((await masked({ mask, vocabSize: 5, masked: 0, replaced: 1, rate: 1 })).inputs)].sort();
    expect(await drawn(0)).toEqual([1, 2, 3, 4]);
    expect(await drawn(2)).toEqual([0, 1, 3, 4]);
    expect(await drawn(4)).toEqual([0, 1, 2, 3]);
    expect(await drawn(5)).toEqual([0, 1, 2, 3, 4]);
  });

  test("hides the same tokens for the same seed, others for another", async () => {
    expect(await masked({}, 1)).toEqual(await masked({}, 1));
    expect((await masked({}, 1)).inputs).not.toEqual((await masked({}, 2)).inputs);
  });

  test("leaves the sequences as they are, and asks for one position of the shortest", async () => {
    const sequence = Int32Array.of(1, 2);
    const { inputs, targets, counts } = maskTokens([sequence], random(0), {
      ...masking,
      masked: 1,
      replaced: 0,
    });
    expect(sequence).toEqual(Int32Array.of(1, 2));
    await expectClose(targets, [1, 2]);
    expect([...(await inputs.data())].filter((token) => token === 9)).toHaveLength(1);
    expect(await read(tf.sum(counts))).toBe(1);
  });

  test("names what does not fit", () => {
    const two = [Int32Array.of(1, 2), Int32Array.of(1)];
    expect(() => maskTokens(two, random(0), masking)).toThrow(
      "maskTokens: expected sequences of one length, 1 or more, got [2,1]",
    );
    expect(() => maskTokens([], random(0), masking)).toThrow("got []");
    expect(() => maskTokens([two[0]!], random(0), { ...masking, rate: 0 })).toThrow(
      "maskTokens: expected a rate in (0, 1] and shares that add up to 1 at most, got rate 0, masked 0.8, replaced 0.1",
    );
    expect(() => maskTokens([two[0]!], random(0), { ...masking, masked: 0.95 })).toThrow("masked 0.95");
  });
});

onEachDevice(() => {
  test("a masked batch is what crossEntropy counts", async () => {
    const sequences = [Int32Array.of(0, 1, 2, 3), Int32Array.of(3, 2, 1, 0)];
    const { inputs, targets, counts } = maskTokens(sequences, random(3), {
      mask: 4,
      vocabSize: 5,
      rate: 0.5,
    });
    expect([inputs.dtype, targets.dtype, inputs.shape, counts.shape]).toEqual([
      "int32",
      "int32",
      [2, 4],
      [2, 4],
    ]);
    const logits = reference.numbers(2 * 4 * 5, 5);
    const asked = Array.from(await counts.data()).flatMap((count, at) => (count === 1 ? [at] : []));
    expect(asked).toHaveLength(4);
    const right = sequences.flatMap((sequence) => Array.from(sequence));
    const expected = reference.crossEntropy(
      asked.map((at) => reference.rows(logits, 5)[at]!),
      asked.map((at) => right[at]!),
    );
    await expectClose(crossEntropy(tf.tensor(logits, [2, 4, 5]), targets, counts), [expected]);
  });
});
