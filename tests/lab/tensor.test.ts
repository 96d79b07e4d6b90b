import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { guardWebGpu, type GuardedBackend } from "#lab/tensor/webgpu-guards";
import { type DeviceName, startDevice } from "#lab/device";
import { devices, requireWebGpu, startHere, withdrawWebGpu } from "./device-case";
import { numbers, slope } from "./reference";

/** An operation whose gradient was wrong or missing, and the same in float64. `data` are the differentiated inputs. */
interface Case {
  name: string;
  data: { values: number[]; shape: number[] }[];
  run: (...inputs: tf.Tensor[]) => tf.Tensor;
  reference: (...inputs: number[][]) => number[];
  /** The devices on which TensorFlow.js alone gets it wrong; all of them if left out. */
  faultOn?: DeviceName[];
}

const indices = () => tf.tensor2d([[1], [3]], [2, 1], "int32");
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const given = (shape: number[], seed: number) => ({
  values: numbers(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ),
  shape,
});
const positive = (shape: number[], seed: number) => ({
  shape,
  values: given(shape, seed).values.map((x) => Math.fround(1.5 + x / 2)),
});
/** Σ_j a[i,j] b[j,k] for a [2,3] and b [3,4]. */
const times = (a: number[], b: number[], at = 0) =>
  range(8).map((o) =>
    range(3).reduce((sum, j) => sum + a[at + Math.floor(o / 4) * 3 + j]! * b[j * 4 + (o % 4)]!, 0),
  );

const cases: Case[] = [
  {
    name: "comparisons",
    data: [given([6], 1), given([6], 2)],
    run: (a, b) => tf.mul(tf.cast(tf.greater(a!, b!), "float32"), a!),
    reference: (a, b) => a!.map((x, i) => (x > b![i]! ? x : 0)),
  },
  {
    name: "cumsum off the last axis",
    data: [given([3, 2], 3)],
    run: (x) => tf.cumsum(x!, 0),
    reference: (x) =>
      x!.map((_, i) => range(Math.floor(i / 2) + 1).reduce((sum, row) => sum + x![row * 2 + (i % 2)]!, 0)),
  },
  {
    name: "a product that broadcasts",
    data: [given([2, 2, 3], 4), given([3, 4], 5)],
    run: (a, b) => tf.matMul(a!, b!),
    reference: (a, b) => [...times(a!, b!), ...times(a!, b!, 6)],
  },
  {
    name: "prod over a negative axis",
    data: [positive([2, 3], 6)],
    run: (x) => tf.prod(x!, -1),
    reference: (x) => [x![0]! * x![1]! * x![2]!, x![3]! * x![4]! * x![5]!],
  },
  {
    name: "gatherND",
    data: [given([4, 2], 7)],
    run: (x) => tf.gatherND(x!, indices()),
    reference: (x) => [x![2]!, x![3]!, x![6]!, x![7]!],
  },
  {
    name: "scatterND",
    data: [given([2, 2], 8)],
    run: (u) => tf.scatterND(indices(), u!, [4, 2]),
    reference: (u) => [0, 0, u![0]!, u![1]!, 0, 0, u![2]!, u![3]!],
  },
  {
    name: "tensorScatterUpdate",
    data: [given([4, 2], 9), given([2, 2], 10)],
    run: (x, u) => tf.tensorScatterUpdate(x!, indices(), u!),
    reference: (x, u) => [x![0]!, x![1]!, u![0]!, u![1]!, x![4]!, x![5]!, u![2]!, u![3]!],
  },
  {
    name: "topk",
    data: [given([2, 5], 11)],
    run: (x) => tf.topk(x!, 2).values,
    reference: (x) =>
      [0, 5].flatMap((at) =>
        x!
          .slice(at, at + 5)
          .sort((a, b) => b - a)
          .slice(0, 2),
      ),
  },
  {
    name: "einsum",
    data: [given([2, 3], 12), given([3, 4], 13)],
    run: (a, b) => tf.einsum("ij,jk->ik", a!, b!),
    reference: (a, b) => times(a!, b!),
  },
  {
    name: "einsum that sums a letter away",
    data: [given([2, 3], 14)],
    run: (a) => tf.einsum("ij->i", a!),
    reference: (a) => [a![0]! + a![1]! + a![2]!, a![3]! + a![4]! + a![5]!],
  },
  {
    name: "gather",
    data: [given([3, 2], 16)],
    run: (x) => tf.gather(x!, tf.tensor1d([2, 0, 2], "int32")),
    reference: (x) => [x![4]!, x![5]!, x![0]!, x![1]!, x![4]!, x![5]!],
    faultOn: ["wasm"],
  },
  {
    name: "conv2d",
    data: [given([1, 3, 3, 1], 17), given([2, 2, 1, 1], 18)],
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"),
    reference: (x, w) =>
      [0, 1, 3, 4].map(
        (at) => x![at]! * w![0]! + x![at + 1]! * w![1]! + x![at + 3]! * w![2]! + x![at + 4]! * w![3]!,
      ),
    faultOn: ["wasm"],
  },
  {
    name: "depthwiseConv2d",
    data: [given([1, 3, 3, 1], 17), given([2, 2, 1, 1], 18)],
    run: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"),
    reference: (x, w) =>
      [0, 1, 3, 4].map(
        (at) => x![at]! * w![0]! + x![at + 1]! * w![1]! + x![at + 3]! * w![2]! + x![at + 4]! * w![3]!,
      ),
    faultOn: ["wasm"],
  },
  {
    name: "maxPool",
    data: [{ ...given([1, 4, 4, 1], 19), values: numbers(16, 19).map((x) => Math.fround(x - 1.5)) }],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
    reference: (x) => [0, 2, 8, 10].map((at) => Math.max(x![at]!, x![at + 1]!, x![at + 4]!, x![at + 5]!)),
    faultOn: ["wasm"],
  },
  ...(["exp", "tanh", "sigmoid"] as const).map((name): Case => {
    const slopes = {
      exp: Math.exp,
      tanh: (x: number) => 1 - Math.tanh(x) ** 2,
      sigmoid: (x: number) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2,
    };
    return {
      name: `the second derivative of ${name}`,
      data: [given([5], 20)],
      run: (x) => tf.grad((v: tf.Tensor) => tf.sum(tf[name](v)))(x!),
      reference: (x) => x!.map(slopes[name]),
    };
  }),
  {
    name: "the second derivative of softmax",
    data: [given([4], 21)],
    run: (x) => tf.grad((v: tf.Tensor) => tf.sum(tf.square(tf.softmax(v))))(x!),
    reference: (x) =>
      slope(
        (v) => {
          const total = v.reduce((sum, value) => sum + Math.exp(value), 0);
          return v.reduce((sum, value) => sum + (Math.exp(value) / total) ** 2, 0);
        },
        x!,
        1e-4,
      ),
  },
];

/** The largest error of the gradients of Σ wᵢ yᵢ; Infinity where TensorFlow.js throws. */
async function gradientError({ data, run, reference }: Case): Promise<number> {
  const weights = numbers(reference(...data.map(({ values }) => values)).length, 99);
  const weigh = (y: number[]) => y.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  const scalar = (...inputs: tf.Tensor[]) => {
    const y = run(...inputs);
    return tf.sum(tf.mul(y, tf.tensor(weights, y.shape))) as tf.Scalar;
  };
  let worst = 0;
  try {
    const gradients = tf.grads(scalar)(data.map(({ values, shape }) => tf.tensor(values, shape)));
    for (const [index, gradient] of gradients.entries()) {
      if (String(gradient.shape) !== String(data[index]!.shape)) return Infinity;
      const f = (moved: number[]) =>
        weigh(reference(...data.map(({ values }, i) => (i === index ? moved : values))));
      const expected = slope(f, data[index]!.values, 1e-4);
      const got = await gradient.data();
      expected.forEach(
        (value, i) => (worst = Math.max(worst, Number.isNaN(got[i]) ? Infinity : Math.abs(got[i]! - value))),
      );
    }
  } catch {
    return Infinity;
  }
  return worst;
}

const faults: Record<string, number> = {};
const forward: Record<string, number[]> = {};
const oneHot = () => tf.oneHot(tf.tensor1d([1, 0], "int32"), 3, 1, 0, "float32");
const gatherRows = () =>
  tf.gather(
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    tf.tensor2d([[1], [0]], [2, 1], "int32"),
    1,
    1,
  );
const overwritten = () => {
  const x = tf.zeros([4, 2]);
  tf.tensorScatterUpdate(x, indices(), tf.ones([2, 2]));
  return x;
};
const attempt = async (run: () => tf.Tensor) => {
  try {
    return Array.from(await run().data());
  } catch {
    return [];
  }
};

// First TensorFlow.js as it is, on each device; only then is it mended, for good.
beforeAll(async () => {
  await import("@tensorflow/tfjs-backend-cpu");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${process.cwd()}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
  await requireWebGpu();
  await import("@tensorflow/tfjs-backend-webgpu");
  for (const device of devices) {
    await tf.setBackend(device);
    await tf.ready();
    for (const one of cases) faults[`${one.name} on ${device}`] = await gradientError(one);
    forward[`oneHot on ${device}`] = await attempt(oneHot);
    forward[`gather on ${device}`] = await attempt(gatherRows);
    forward[`scatter on ${device}`] = await attempt(overwritten);
  }
});

describe.each(devices)("gradients on %s", (device) => {
  describe("as shipped", () => {
    test.each(cases.filter(({ faultOn = devices }) => faultOn.includes(device)))(
      "$name is at fault",
      ({ name }) => {
        expect(faults[`${name} on ${device}`]).toBeGreaterThan(1e-2);
      },
    );
  });
  describe("mended", () => {
    beforeAll(() => startHere(device));
    test.each(cases)("$name is right", async (one) => expect(await gradientError(one)).toBeLessThan(1e-3));
  });
});

describe("kernels", () => {
  test("are at fault as shipped", () => {
    expect(forward["oneHot on wasm"]).not.toEqual([0, 1, 0, 1, 0, 0]);
    expect(forward["gather on wasm"]).not.toEqual([2, 3]);
    expect(forward["scatter on cpu"]).not.toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
  test.each(devices)("are right once mended, on %s", async (device) => {
    await startHere(device);
    expect(await attempt(oneHot)).toEqual([0, 1, 0, 1, 0, 0]);
    expect(await attempt(gatherRows)).toEqual([2, 3]);
    expect(await attempt(overwritten)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
  test("products with transposed factors stay products on wasm", async () => {
    await startHere("wasm");
    const [a, b] = [tf.tensor(numbers(12, 1), [2, 3, 2]), tf.tensor(numbers(24, 2), [2, 4, 3])];
    const plain = tf.matMul(tf.transpose(a, [0, 2, 1]), tf.transpose(b, [0, 2, 1]));
    const before = tf.memory().numTensors;
    const both = tf.matMul(a, b, true, true);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(Array.from(await both.data())).toEqual(Array.from(await plain.data()));
  });
  test("a piece of a tensor is copied without the rest of it on wasm", async () => {
    await startHere("wasm");
    const whole = tf.tensor(numbers(24, 3), [4, 3, 2]);
    const values = (await whole.array()) as number[][][];
    const backend = tf.backend() as unknown as { readSync: (...given: unknown[]) => unknown };
    const readSync = backend.readSync.bind(backend);
    let reads = 0;
    backend.readSync = (...given) => (reads++, readSync(...given));
    const rows = tf.slice(whole, [1, 0, 0], [2, 3, 2]);
    const parts = tf.split(whole, [1, 3]);
    expect(reads).toBe(0);
    const columns = tf.slice(whole, [0, 1, 0], [4, 2, 1]);
    const halves = tf.split(whole, 2, 2);
    expect(reads).toBe(3);
    Reflect.deleteProperty(backend, "readSync");
    expect(await rows.array()).toEqual(values.slice(1, 3));
    expect(await parts[0]!.array()).toEqual(values.slice(0, 1));
    expect(await parts[1]!.array()).toEqual(values.slice(1));
    expect(await columns.array()).toEqual(values.map((row) => row.slice(1).map(([first]) => [first])));
    expect(await halves[1]!.array()).toEqual(values.map((row) => row.map(([, second]) => [second])));
    expect(tf.slice(whole, [4, 0, 0], [0, 3, 2]).shape).toEqual([0, 3, 2]);
  });
  test("borrowed ones free what they copied", async () => {
    await startHere("wasm");
    const cpu = tf.findBackend("cpu");
    const before = [tf.memory().numDataBuffers, cpu.numDataIds()];
    tf.tidy(() =>
      tf
        .grad((x: tf.Tensor) => tf.sum(tf.gather(x, tf.tensor1d([0, 0], "int32"))))(tf.ones([3, 2]))
        .dispose(),
    );
    expect([tf.memory().numDataBuffers, cpu.numDataIds()]).toEqual(before);
  });
});

describe("guardWebGpu", () => {
  function fake() {
    const device = new EventTarget() as EventTarget & { lost: Promise<GPUDeviceLostInfo> };
    let lose: (info: GPUDeviceLostInfo) => void = () => {};
    device.lost = new Promise((resolve) => (lose = resolve));
    const onGpu = { id: 1 };
    const inMemory = { id: 2 };
    const backend: GuardedBackend = {
      device: device as unknown as GuardedBackend["device"],
      tensorMap: {
        get: (id) => ({ values: id === inMemory ? new Float32Array(1) : undefined, dtype: "float32" }),
      },
      read: () => Promise.resolve(new Float32Array([7])),
      readSync: () => new Float32Array([0]),
    };
    return { backend, device, lose, onGpu, inMemory };
  }
  test("passes healthy reads", async () => {
    const { backend, onGpu, inMemory } = fake();
    guardWebGpu(backend);
    expect(await backend.read(onGpu)).toEqual(new Float32Array([7]));
    expect(backend.readSync(inMemory)).toEqual(new Float32Array([0]));
  });
  test("refuses a synchronous read of a tensor on the GPU, which gives zeros without it", () => {
    const { backend, onGpu } = fake();
    expect(backend.readSync(onGpu)).toEqual(new Float32Array([0]));
    guardWebGpu(backend);
    expect(() => backend.readSync(onGpu)).toThrow("use await tensor.data()");
  });
  test("refuses reads after a refused batch, which give stale numbers without it", async () => {
    const { backend, device, onGpu } = fake();
    guardWebGpu(backend);
    device.dispatchEvent(
      Object.assign(new Event("uncapturederror"), { error: { message: "too many bindings" } }),
    );
    await expect(backend.read(onGpu)).rejects.toThrow("not to be trusted: too many bindings");
  });
  test("refuses reads after the device is lost", async () => {
    const { backend, lose, onGpu } = fake();
    guardWebGpu(backend);
    lose({ reason: "unknown", message: "driver reset" } as GPUDeviceLostInfo);
    await vi.waitFor(() =>
      expect(backend.read(onGpu)).rejects.toThrow("the device was lost (unknown): driver reset"),
    );
  });
  test("a read that the lost device never answers, or answers with less, is told of the loss", async () => {
    const { backend, lose, onGpu } = fake();
    backend.read = () => new Promise(() => {});
    guardWebGpu(backend);
    const waiting = backend.read(onGpu);
    const failing = fake();
    failing.backend.read = () => Promise.reject(new Error("AbortError"));
    guardWebGpu(failing.backend);
    const failed = failing.backend.read(onGpu);
    lose({ reason: "destroyed", message: "gone" } as GPUDeviceLostInfo);
    failing.lose({ reason: "destroyed", message: "gone" } as GPUDeviceLostInfo);
    for (const read of [waiting, failed])
      await expect(read).rejects.toMatchObject({ name: "DeviceError", fault: "lost" });
  });
  test("tells memory that ran out from a batch that was refused", async () => {
    const { backend, device, onGpu } = fake();
    guardWebGpu(backend);
    class GPUOutOfMemoryError {
      message = "buffer of 8 GB";
    }
    device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error: new GPUOutOfMemoryError() }));
    await expect(backend.read(onGpu)).rejects.toMatchObject({
      fault: "full",
      message: "webgpu: the device has no memory left: buffer of 8 GB",
    });
  });
});

describe("startDevice", () => {
  test("starts webgpu where it is offered, and names the adapter", async () => {
    await requireWebGpu();
    const device = await startDevice(["webgpu"]);
    expect(device).toMatchObject({ name: "webgpu", refused: [] });
    expect(device.adapter).not.toMatch(/^(unnamed adapter)?$/);
    expect(tf.getBackend()).toBe("webgpu");
    const sum = tf.sum(tf.ones([3])); // one that only the device has
    expect(() => sum.dataSync()).toThrow("use await tensor.data()");
    expect(await sum.data()).toEqual(new Float32Array([3]));
  });
  test("says why it refused what it refused", async () => {
    withdrawWebGpu();
    const device = await startDevice(["webgpu", "webgl", "cpu"]);
    expect(device).toMatchObject({ name: "cpu", adapter: "JavaScript" });
    expect(device.refused.map(({ name }) => name)).toEqual(["webgpu", "webgl"]);
    for (const { why } of device.refused) expect(why).not.toBe("");
    expect(tf.getBackend()).toBe("cpu");
  });
  test("throws when no device is left", async () => {
    withdrawWebGpu();
    await expect(startDevice(["webgpu"])).rejects.toThrow(
      "startDevice: expected one of webgpu to work, none does: webgpu: ",
    );
  });
  test("moves on from a device whose numbers are wrong", async () => {
    await startHere("wasm");
    const shipped = tf.getKernel("Softmax", "wasm");
    tf.unregisterKernel("Softmax", "wasm");
    tf.registerKernel({ ...shipped, kernelFunc: ({ inputs }) => tf.zerosLike(inputs.logits as tf.Tensor) });
    const device = await startDevice(["wasm", "cpu"]);
    tf.unregisterKernel("Softmax", "wasm");
    tf.registerKernel(shipped);
    expect(device.name).toBe("cpu");
    expect(device.refused[0]!.why).toMatch(
      /^preflight: expected a softmax of \[0\.125,0\.25,0\.625\], got \[0,0,0\]$/,
    );
  });
  test("leaves no tensor behind when started again", async () => {
    await startHere("cpu");
    const before = tf.memory().numTensors;
    await startHere("cpu");
    expect(tf.memory().numTensors).toBe(before);
  });
});
