import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { countPeakBytes } from "#lab/memory";
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
});
