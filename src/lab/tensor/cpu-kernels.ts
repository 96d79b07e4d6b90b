import * as tf from "@tensorflow/tfjs-core";

/** What the kernels of the cpu and wasm devices can do with values held in memory. */
export interface MemoryBackend extends tf.KernelBackend {
  write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId;
  readSync(dataId: tf.DataId): tf.BackendValues;
}

/** A copy of a tensor's values on a device. The caller disposes of it. */
export function copyTo(target: MemoryBackend, source: MemoryBackend, tensor: tf.TensorInfo): tf.TensorInfo {
  const { shape, dtype } = tensor;
  return { dataId: target.write(source.readSync(tensor.dataId).slice(), shape, dtype), shape, dtype };
}

/** Gives tensorScatterUpdate a copy to write into: the cpu kernel of 4.22 overwrites its input. */
export function mendCpuKernels(): void {
  const shipped = tf.getKernel("TensorScatterUpdate", "cpu");
  if (!shipped) return;
  tf.unregisterKernel("TensorScatterUpdate", "cpu");
  tf.registerKernel({
    ...shipped,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const cpu = backend as MemoryBackend;
      const tensor = copyTo(cpu, cpu, inputs.tensor!);
      const result = shipped.kernelFunc({ inputs: { ...inputs, tensor }, attrs, backend });
      cpu.disposeData(tensor.dataId);
      return result;
    },
  });
}
