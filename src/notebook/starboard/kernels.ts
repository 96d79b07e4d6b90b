import * as tf from "@tensorflow/tfjs-core";

/** How often to look, in ms. */
const LOOK = 400;

/**
 * Tells how many kernels WebGPU has compiled, the slow part of a first step, whenever there are more; until the returned
 * function is called.
 * @param started whether a device runs: before, TensorFlow.js would choose one by itself
 */
export function watchKernels(started: () => boolean, tell: (count: number) => void): () => void {
  let before = 0;
  const timer = setInterval(() => {
    const { pipelineCache } = (started() ? tf.backend() : {}) as { pipelineCache?: object };
    const count = Object.keys(pipelineCache ?? {}).length;
    if (count > before) tell(count);
    before = count;
  }, LOOK);
  return () => clearInterval(timer);
}
