import * as tf from "@tensorflow/tfjs-core";

/** The parts of TensorFlow.js's engine that count bytes; its types keep them private. */
interface CountingEngine {
  trackTensor(tensor: tf.Tensor, backend: tf.KernelBackend): void;
  state: { numBytes: number };
}

/** A running count of the bytes that tensors take. */
export interface PeakBytes {
  /** The most bytes that tensors took at one time since the count began. */
  read(): number;
  /** Ends the count; the engine is as it was. */
  stop(): void;
}

/** A count of the peak, exact: it looks at every tensor that is made, temporary ones included. */
export function countPeakBytes(): PeakBytes {
  const engine = tf.engine() as unknown as CountingEngine;
  const track = engine.trackTensor;
  let peak = engine.state.numBytes;
  engine.trackTensor = function (tensor, backend) {
    track.call(engine, tensor, backend);
    peak = Math.max(peak, engine.state.numBytes);
  };
  return {
    read: () => peak,
    stop: () => {
      engine.trackTensor = track;
    },
  };
}

/** The bytes that tensors of a computation take at one time, at most, beside those that were there before. */
export function bytesTaken(compute: () => void): number {
  const before = tf.memory().numBytes;
  const peak = countPeakBytes();
  try {
    tf.tidy(compute);
    return peak.read() - before;
  } finally {
    peak.stop();
  }
}
