import * as tf from "@tensorflow/tfjs-core";

/** What cutting uses of TensorFlow.js's wasm device: it keeps all tensors in one memory. */
interface HeapBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  /** A view of a tensor's numbers, good until the memory grows. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/**
 * Lets the wasm device copy a piece of a tensor alone where its numbers lie side by side. The shipped kernels copy the
 * whole tensor for each piece, and an optimiser that keeps all parameters in one vector cuts dozens out of it per step.
 */
export function mendWasmPieces(): void {
  const [slice, split] = ["Slice", "SplitV"].map((name) => tf.getKernel(name, "wasm")!);
  const cut = (x: tf.TensorInfo, begin: number[], size: number[], backend: object): tf.TensorInfo => {
    const count = tf.util.sizeFromShape(size);
    if (count === 0 || x.dtype === "string" || !tf.slice_util.isSliceContinous(x.shape, begin, size))
      return slice!.kernelFunc({ inputs: { x }, attrs: { begin, size }, backend }) as tf.TensorInfo;
    const heap = backend as HeapBackend;
    // Made before the views: it may let the memory grow.
    const out = heap.makeOutput(size, x.dtype);
    const from = tf.slice_util.computeFlatOffset(begin, tf.util.computeStrides(x.shape));
    heap.typedArrayFromHeap(out).set(heap.typedArrayFromHeap(x).subarray(from, from + count));
    return out;
  };
  for (const { kernelName } of [slice!, split!]) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    ...slice!,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { begin, size } = attrs as { begin: number[]; size: number[] };
      const [from, shape] = tf.slice_util.parseSliceParams(inputs.x as tf.Tensor, begin, size);
      return cut(inputs.x!, from as number[], shape as number[], backend);
    },
  });
  tf.registerKernel({
    ...split!,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const x = inputs.x!;
      const { numOrSizeSplits, axis } = attrs as { numOrSizeSplits: number | number[]; axis: number };
      const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
      const begin = x.shape.map(() => 0);
      return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((length) => {
        const piece = cut(x, [...begin], x.shape.with(along, length), backend);
        begin[along]! += length;
        return piece;
      });
    },
  });
}
