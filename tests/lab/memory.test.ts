import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { bytesTaken, countPeakBytes } from "#lab/memory";
import { onEachDevice } from "./device-case";

onEachDevice(() => {
  test("the peak is the most bytes held at one time, whatever was freed since", () => {
    const held = tf.zeros([10]); // 40 bytes, made before counting
    const before = tf.memory().numBytes;
    const peak = countPeakBytes();
    tf.tidy(() => void tf.zeros([100]));
    tf.tidy(() => void tf.zeros([50]));
    expect(peak.read() - before).toBe(400);
    peak.stop();
    tf.tidy(() => void tf.zeros([1000]));
    expect(peak.read() - before).toBe(400);
    held.dispose();
  });

  test("the bytes taken are those of the computation alone, and none stay", () => {
    const held = tf.zeros([10]);
    const { numTensors } = tf.memory();
    expect(
      bytesTaken(() => {
        tf.tidy(() => void tf.zeros([100]));
        tf.zeros([30]);
      }),
    ).toBe(400);
    expect(tf.memory().numTensors).toBe(numTensors);
    held.dispose();
  });

  test("a computation that fails ends the count", () => {
    const track = Reflect.get(tf.engine(), "trackTensor") as unknown;
    expect(() =>
      bytesTaken(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(Reflect.get(tf.engine(), "trackTensor")).toBe(track);
  });
});
