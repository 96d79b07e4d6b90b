import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { flat, places } from "#lab/treatment";
import { expectClose, onEachDevice } from "./device-case";

onEachDevice(() => {
  const tensors = () => [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([5, 6])];

  test("flat joins tensors in their order", () => expectClose(flat(tensors()), [1, 2, 3, 4, 5, 6]));

  test("places gives each number its tensor's treatment, or the optimiser's", async () => {
    const treatments = [{ learningRate: 2, mask: tf.tensor2d([1, 0, 0, 1], [2, 2]) }, { weightDecay: 0.5 }];
    const { rate, decay, mask } = places(tensors(), treatments, 0.1);
    await expectClose(rate, [2, 2, 2, 2, 1, 1]);
    await expectClose(decay, [0.1, 0.1, 0.1, 0.1, 0.5, 0.5]);
    await expectClose(mask, [1, 0, 0, 1, 1, 1]);
  });

  test("places names what does not fit", () => {
    expect(() => places(tensors(), [{}], 0)).toThrow("treatments: expected 2, one for each tensor, got 1");
    const mask = tf.ones([3]);
    expect(() => places(tensors(), [{}, { mask }], 0)).toThrow(
      "treatments: expected a mask of shape [2], got shape [3]",
    );
  });
});
