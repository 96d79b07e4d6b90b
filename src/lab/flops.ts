import * as tf from "@tensorflow/tfjs-core";

/** The part of TensorFlow.js's engine through which every operation goes; its types keep it private. */
interface RunningEngine {
  runKernel(name: string, inputs: Record<string, tf.Tensor>, attributes?: Record<string, unknown>): unknown;
}

/** A running count of FLOPs. */
export interface FlopCount {
  /** FLOPs of the products of matrices since the count began. */
  read(): number;
  /** Ends the count; the engine is as it was. */
  stop(): void;
}

/**
 * A count of the FLOPs of all products of matrices, those of gradients included: 2 m k n for [m, k] × [k, n]. What a
 * gradient does not need is not computed, so it is not counted either. Embeddings are looked up by a product with
 * one-hot rows, which counts; nothing else does.
 */
export function countFlops(): FlopCount {
  const engine = tf.engine() as unknown as RunningEngine;
  const run = engine.runKernel;
  let flops = 0;
  engine.runKernel = function (name, inputs, attributes) {
    if (name === "BatchMatMul") flops += productFlops(inputs, attributes);
    return run.call(engine, name, inputs, attributes);
  };
  return {
    read: () => flops,
    stop: () => {
      engine.runKernel = run;
    },
  };
}

function productFlops({ a, b }: Record<string, tf.Tensor>, attributes: Record<string, unknown> = {}): number {
  const [rows, inner] = a!.shape.slice(-2);
  const columns = b!.shape.at(attributes.transposeB ? -2 : -1)!;
  const batches = (tensor: tf.Tensor) =>
    tensor.shape.slice(0, -2).reduce((product, size) => product * size, 1);
  // One factor may be a single matrix for a whole batch of the other.
  return 2 * Math.max(batches(a!), batches(b!)) * rows! * inner! * columns;
}
