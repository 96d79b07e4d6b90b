import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { preflight } from "#lab/preflight";
import { onEachDevice } from "./device-case";

onEachDevice(() => {
  test("a sound device passes, and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await preflight();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    ["BatchMatMul", "a product"],
    ["Sum", "a product"], // the product is summed up
    ["Softmax", "a softmax"],
    ["GatherV2", "a gather"],
  ] as const)("a device whose %s reads zeros is refused", async (kernelName, probe) => {
    const kernel = tf.getKernel(kernelName, tf.getBackend())!;
    const sound = kernel.kernelFunc;
    // Stale or empty memory is how a device fails in silence.
    const blind = vi.fn<typeof sound>(({ inputs, ...rest }) => {
      const zeros = Object.entries(inputs).map(([name, x]) => [name, x && tf.zeros(x.shape, x.dtype)]);
      return sound({ ...rest, inputs: Object.fromEntries(zeros) as typeof inputs });
    });
    kernel.kernelFunc = blind;
    try {
      await expect(preflight()).rejects.toThrow(`preflight: expected ${probe} of [`);
      expect(blind).toHaveBeenCalled();
    } finally {
      kernel.kernelFunc = sound;
    }
  });
});
