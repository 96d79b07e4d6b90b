import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel } from "#lab/attention";

const kernelName = "PackedAttention";
const workgroup = 64;

/**
 * A kernel for attention among sentences that are packed one after the other, without padding: sentence b is rows
 * `starts[b]` to `starts[b + 1] - 1`, and each row looks at its own sentence alone. One launch of one shader on webgpu,
 * and `attend` sentence by sentence on the other devices (ByteTransformer, Zhai et al. 2023, arXiv 2210.03052).
 *
 * The kernel takes Q, K and V [1, heads, rows, dHead], and throws when the sentences do not fill the rows. It takes no
 * mask, has no scores to hook into, and no gradient: it is for inference.
 * @param starts an exclusive prefix sum of the sentences' lengths, with the number of rows at its end
 */
export function packedAttention(starts: readonly number[]): AttentionKernel {
  return (Q, K, V) => {
    if (Q.shape[0] !== 1 || starts[0] !== 0 || starts.at(-1) !== Q.shape[2]) {
      throw new Error(
        `packedAttention: expected Q [1, heads, rows, dHead] with starts from 0 to its rows, got shape [${Q.shape}] and starts [${starts}]`,
      );
    }
    return tf.tidy(() => {
      const inputs = { Q, K, V, starts: tf.tensor1d([...starts], "int32") };
      return tf.engine().runKernel(kernelName, inputs, { starts: [...starts] }) as tf.Tensor4D;
    });
  };
}

/**
 * The WGSL compute shader for heads of width d: one thread per head and row of Q. It finds the row's sentence, goes
 * through the sentence's keys once, and keeps the largest score m so far, the sum Z of exponentials against it, and the
 * weighted sum of values (Milakov & Gimelshein 2018, arXiv 1805.02867). m begins at a finite number, so that no
 * difference of infinities arises.
 */
export function packedAttentionShader(d: number): string {
  return `fn main(index : i32) {
  let rows = uniforms.outShape[2];
  if (index >= uniforms.outShape[1] * rows) { return; }
  let row = index % rows;
  var b = 0;
  while (starts[b + 1] <= row) { b++; }
  var query : array<f32, ${d}>;
  var total : array<f32, ${d}>;
  for (var j = 0; j < ${d}; j++) { query[j] = Q[index * ${d} + j] * ${1 / Math.sqrt(d)}; }
  var m = -1e30;
  var Z = 0.0;
  for (var s = starts[b]; s < starts[b + 1]; s++) {
    let at = (index - row + s) * ${d};
    var score = 0.0;
    for (var j = 0; j < ${d}; j++) { score += query[j] * K[at + j]; }
    let next = max(m, score);
    let rate = exp(m - next);
    let weight = exp(score - next);
    Z = Z * rate + weight;
    for (var j = 0; j < ${d}; j++) { total[j] = total[j] * rate + weight * V[at + j]; }
    m = next;
  }
  for (var j = 0; j < ${d}; j++) { result[index * ${d} + j] = total[j] / Z; }
}`;
}

function program(shape: number[]): WebGPUProgram {
  const [, heads, rows, d] = shape as [number, number, number, number];
  return {
    variableNames: ["Q", "K", "V", "starts"],
    outputShape: shape,
    workgroupSize: [workgroup, 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] },
    dispatch: [Math.ceil((heads * rows) / workgroup), 1, 1],
    shaderKey: `packedAttention_${d}`,
    getUserCode: () => packedAttentionShader(d),
  };
}

/** What the kernel uses of TensorFlow.js's WebGPU device. */
interface ProgramBackend {
  runWebGPUProgram(program: WebGPUProgram, inputs: tf.TensorInfo[], dtype: tf.DataType): tf.TensorInfo;
}

tf.registerKernel({
  kernelName,
  backendName: "webgpu",
  kernelFunc: ({ inputs: { Q, K, V, starts }, backend }) => {
    const run = (backend as unknown as ProgramBackend).runWebGPUProgram.bind(backend);
    return run(program(Q!.shape), [Q!, K!, V!, starts!], "float32");
  },
});

for (const backendName of ["cpu", "wasm", "webgl"]) {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs: { Q, K, V }, attrs }) =>
      tf.tidy(() => {
        const starts = attrs!.starts as number[];
        const lengths = starts.slice(1).map((end, b) => end - starts[b]!);
        const [q, k, v] = [Q, K, V].map((X) => tf.split(X as tf.Tensor4D, lengths, 2));
        const own = lengths.map((_, b) =>
          attend(...([q![b], k![b], v![b]] as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D])),
        );
        return tf.concat(own, 2);
      }),
  });
}
