import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { random } from "#lab/random";
import { feedForward, initBlock, preNormBlock, prepend, throughBlocks } from "#lab/transformer";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const { numbers, product, rows } = reference;

onEachDevice(() => {
  test("feedForward is GELU(h W1 + b1) W2 + b2", async () => {
    const [h, w1, b1, w2, b2] = [numbers(6, 1), numbers(12, 2), numbers(4, 3), numbers(12, 4), numbers(3, 5)];
    const plus = (x: reference.Matrix, bias: number[]) => x.map((row) => row.map((v, j) => v + bias[j]!));
    const hidden = plus(product(rows(h, 3), rows(w1, 4)), b1).map((row) => row.map(reference.gelu));
    const expected = plus(product(hidden, rows(w2, 3)), b2);
    const layer = {
      hidden: tf.tensor2d(w1, [3, 4]),
      output: tf.tensor2d(w2, [4, 3]),
      biases: { hidden: tf.tensor1d(b1), output: tf.tensor1d(b2) },
    };
    await expectClose(feedForward(tf.tensor2d(h, [2, 3]), layer), expected.flat());
  });

  test("throughBlocks gives the stream before the first block and after each", async () => {
    const blocks = [initBlock(random(1), { dModel: 4 }, 0.3), initBlock(random(2), { dModel: 4 }, 0.3)];
    const x = tf.tensor3d(numbers(12, 6), [1, 3, 4]);
    // A block that adds its number: the stream is known without a model.
    const stream = throughBlocks(x, blocks, { numHeads: 2 }, { block: (h, _, l) => tf.add(h, l) });
    expect(stream).toHaveLength(3);
    await expectClose(
      stream[2]!,
      numbers(12, 6).map((value) => value + 3),
    );
    const skipped = throughBlocks(x, blocks, { numHeads: 2 }, { block: (h, _, l) => tf.add(h, l), skip: 1 });
    await expectClose(
      skipped[2]!,
      numbers(12, 6).map((value) => value + 2),
    );
    const preNorm = throughBlocks(x, blocks, { numHeads: 2 }, { block: preNormBlock });
    await expectClose(throughBlocks(x, blocks, { numHeads: 2 })[2]!, Array.from(await preNorm[2]!.data()));
    expect(() => throughBlocks(x, blocks, { numHeads: 2 }, { skip: 3 })).toThrow(
      "a block from 1 to 2, got 3",
    );
  });

  test("prepend puts the same vectors before every sequence", async () => {
    const prompt = tf.tensor2d([1, 2], [1, 2]);
    const x = tf.tensor3d([3, 4, 5, 6], [2, 1, 2]);
    await expectClose(prepend(prompt, x), [1, 2, 3, 4, 1, 2, 5, 6]);
    expect(prepend(prompt, x).shape).toEqual([2, 2, 2]);
  });
});
