import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { answerLoss, recallRate, recallTargets, streamLoss } from "#lab/recall";
import { expectClose, onEachDevice } from "./device-case";
import * as reference from "./reference";

const [time, vocabSize] = [5, 6];
const batch = {
  tokens: Int32Array.of(1, 2, 3, 4, 5, 5, 4, 3, 2, 1),
  answers: Int32Array.of(0, 2),
  time,
  vocabSize,
};
/** The tokens after each position, by hand; the answer after the last one. */
const next = [
  [2, 3, 4, 5, 0],
  [4, 3, 2, 1, 2],
];
const values = reference.numbers(2 * time * vocabSize, 4);
const at = (row: number, t: number) => reference.rows(values, vocabSize)[row * time + t]!;

onEachDevice(() => {
  const logits = (given = values) => tf.tensor3d(given, [2, time, vocabSize]);
  const loss = (positions: number[], rows = reference.rows(values, vocabSize)) =>
    reference.crossEntropy(
      [0, 1].flatMap((row) => positions.map((t) => rows[row * time + t]!)),
      [0, 1].flatMap((row) => positions.map((t) => next[row]![t]!)),
    );

  test("the answer follows the last token", async () => {
    const { inputs, targets } = recallTargets(batch);
    expect([inputs.dtype, targets.dtype, inputs.shape]).toEqual(["int32", "int32", [2, time]]);
    await expectClose(inputs, Array.from(batch.tokens));
    await expectClose(targets, next.flat());
  });

  test("the stream's loss leaves out the last token and the answer", async () => {
    const { targets } = recallTargets(batch);
    await expectClose(streamLoss(logits(), targets), [loss([0, 1, 2])]);
    await expectClose(streamLoss(logits(), targets, { from: 2 }), [loss([2])]);
    expect(() => streamLoss(logits(), targets, { from: 3 })).toThrow(
      "streamLoss: expected from to be a position before 3, got 3",
    );
  });

  test("the answer's loss and rate are those of the last position", async () => {
    const { targets } = recallTargets(batch);
    await expectClose(answerLoss(logits(), targets), [loss([time - 1])]);
    const right = [0, 1].filter(
      (row) => Math.max(...at(row, time - 1)) === at(row, time - 1)[next[row]![time - 1]!],
    );
    await expectClose(recallRate(logits(), targets), [right.length / 2]);
    const first = values.map((value, index) => (index === (time - 1) * vocabSize ? 9 : value));
    const both = first.map((value, index) => (index === (2 * time - 1) * vocabSize + 2 ? 9 : value));
    await expectClose(recallRate(logits(both), targets), [1]);
  });

  test("have the gradients of their logits", async () => {
    const { targets } = recallTargets(batch);
    const total = (x: tf.Tensor) =>
      tf.add(streamLoss(x as tf.Tensor3D, targets, { from: 1 }), answerLoss(x as tf.Tensor3D, targets));
    const f = (v: number[]) =>
      loss([1, 2], reference.rows(v, vocabSize)) + loss([4], reference.rows(v, vocabSize));
    await expectClose(tf.grad(total)(logits()), reference.slope(f, values), 1e-4);
  });
});
