import * as tf from "@tensorflow/tfjs-core";
import { copyTo, type MemoryBackend } from "#lab/tensor/cpu-kernels";
import { mendWasmPieces } from "#lab/tensor/wasm-pieces";

/** Kernels that wasm lacks or computes wrongly, and that the cpu device does right. */
const borrowed = [
  "UnsortedSegmentSum", // gradient of gather
  "Conv2DBackpropFilter",
  "DepthwiseConv2dNativeBackpropFilter",
  "DepthwiseConv2dNativeBackpropInput",
  "MaxPoolGrad",
  "Conv3DBackpropInputV2",
  "Conv3DBackpropFilterV2",
  "Einsum",
];

/**
 * Lets the wasm device borrow from cpu the kernels that it lacks, and gather with batch dimensions, which it gets wrong;
 * makes products of transposed factors and pieces of tensors faster.
 * Needs both devices registered.
 */
export function mendWasmKernels(): void {
  for (const kernelName of borrowed) borrow(kernelName, () => true);
  borrow("GatherV2", (attrs) => Number(attrs?.batchDims ?? 0) > 0);
  borrow("OneHot", (attrs) => attrs?.dtype === "float32");
  transposeBeforeProducts();
  mendWasmPieces();
}

/**
 * Lays a transposed factor out anew before the product. The shipped kernel has a fast path for plain factors alone, and
 * most products of a backward pass have a transposed one.
 */
function transposeBeforeProducts(): void {
  const product = tf.getKernel("BatchMatMul", "wasm")!;
  const transpose = tf.getKernel("Transpose", "wasm")!;
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...product,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as MemoryBackend;
      const plain = (x: tf.TensorInfo) => {
        const axes = x.shape.map((_, axis) => axis);
        const perm = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
        return transpose.kernelFunc({ inputs: { x }, attrs: { perm }, backend }) as tf.TensorInfo;
      };
      const a = attrs?.transposeA ? plain(inputs.a!) : inputs.a!;
      const b = attrs?.transposeB ? plain(inputs.b!) : inputs.b!;
      const result = product.kernelFunc({
        inputs: { a, b },
        attrs: { transposeA: false, transposeB: false },
        backend,
      });
      if (a !== inputs.a) wasm.disposeData(a.dataId);
      if (b !== inputs.b) wasm.disposeData(b.dataId);
      return result;
    },
  });
}

function borrow(kernelName: string, when: (attrs: tf.NamedAttrMap | undefined) => boolean): void {
  const own = tf.getKernel(kernelName, "wasm");
  const lent = tf.getKernel(kernelName, "cpu");
  if (!lent)
    throw new Error(
      `mendWasmKernels: expected ${kernelName} on cpu: import @tensorflow/tfjs-backend-cpu first`,
    );
  if (own) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    ...own, // its set-up runs when the device starts, and its own kernel is still used
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      if (own && !when(attrs)) return own.kernelFunc({ inputs, attrs, backend });
      const wasm = backend as MemoryBackend;
      const cpu = tf.findBackend("cpu") as MemoryBackend;
      const copies = Object.entries(inputs).map(
        ([name, input]) => [name, copyTo(cpu, wasm, input!)] as const,
      );
      // Einsum takes a list of operands, every other kernel names them.
      const given = Array.isArray(inputs) ? copies.map(([, copy]) => copy) : Object.fromEntries(copies);
      const results = lent.kernelFunc({ inputs: given as tf.NamedTensorInfoMap, attrs, backend: cpu });
      const moved = [results].flat().map((result) => copyTo(wasm, cpu, result));
      for (const { dataId } of [...[results].flat(), ...copies.map(([, copy]) => copy)])
        cpu.disposeData(dataId, true);
      return Array.isArray(results) ? moved : moved[0]!;
    },
  });
}
