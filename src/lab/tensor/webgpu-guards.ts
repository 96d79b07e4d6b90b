import * as tf from "@tensorflow/tfjs-core";
import { DeviceError } from "#lab/device-error";

/** The parts of TensorFlow.js's WebGPU device that the guards hold on to. */
export interface GuardedBackend {
  device: Pick<GPUDevice, "addEventListener" | "lost">;
  tensorMap: { get(dataId: object): { values?: unknown; dtype: string } | undefined };
  read(dataId: object): Promise<tf.BackendValues>;
  readSync(dataId: object): tf.BackendValues;
}

/** How long a failed read waits for the device to say what is wrong, in ms. */
const GRACE = 50;

/**
 * Makes a WebGPU device say what it otherwise keeps to itself. A rejected batch and a lost device make every later read
 * throw: TensorFlow.js 4.22 ignores both and hands out whatever the memory held. A synchronous read (`dataSync`,
 * `arraySync`, `print`, or an operation of another device) throws at once: it would lose the device and return zeros.
 */
export function guardWebGpu(backend: GuardedBackend): void {
  let fault: DeviceError | undefined;
  const faulty = Promise.withResolvers<never>();
  // A fault that no read meets is no error of its own.
  faulty.promise.catch(() => {});
  const report = (error: DeviceError) => {
    fault ??= error;
    faulty.reject(fault);
  };
  backend.device.addEventListener("uncapturederror", ({ error }) => {
    const full = error.constructor.name === "GPUOutOfMemoryError";
    report(
      full
        ? new DeviceError("full", `webgpu: the device has no memory left: ${error.message}`)
        : new DeviceError(
            "refused",
            `webgpu: the device refused a batch, so later numbers are not to be trusted: ${error.message}`,
          ),
    );
  });
  void backend.device.lost.then(({ reason, message }) =>
    report(new DeviceError("lost", `webgpu: the device was lost (${reason}): ${message}`)),
  );
  const { read, readSync } = backend;
  backend.read = async (dataId) => {
    // A read that waits for a lost device may wait for ever, or fail before the device says why.
    const values = await Promise.race([
      read.call(backend, dataId).catch(async (error: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, GRACE));
        throw fault ?? error;
      }),
      faulty.promise,
    ]);
    if (fault) throw fault;
    return values;
  };
  backend.readSync = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    if (data && !data.values && data.dtype !== "string" && data.dtype !== "complex64") {
      throw new Error(
        "webgpu: expected an asynchronous read of a tensor on the GPU: use await tensor.data()",
      );
    }
    return readSync.call(backend, dataId);
  };
}

/** How many tensors one WebGPU shader can read: eight storage buffers, one of which is the result. */
const mostInputs = 7;

/** Lets `addN` take more than seven tensors, by adding them in groups: the shipped kernel's batch would be refused. */
export function mendWebGpuKernels(): void {
  const shipped = tf.getKernel("AddN", "webgpu");
  if (!shipped) return;
  tf.unregisterKernel("AddN", "webgpu");
  const add = (tensors: tf.TensorInfo[], backend: tf.KernelBackend): tf.TensorInfo => {
    const sum = (group: tf.TensorInfo[]) =>
      shipped.kernelFunc({ inputs: group as unknown as tf.NamedTensorInfoMap, backend }) as tf.TensorInfo;
    if (tensors.length <= mostInputs) return sum(tensors);
    const first = sum(tensors.slice(0, mostInputs));
    const result = add([first, ...tensors.slice(mostInputs)], backend);
    backend.disposeData(first.dataId);
    return result;
  };
  tf.registerKernel({
    ...shipped,
    kernelFunc: ({ inputs, backend }) =>
      add(Object.values(inputs) as tf.TensorInfo[], backend as tf.KernelBackend),
  });
}
