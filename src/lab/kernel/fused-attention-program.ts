import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu";

/** What the shader is made for: each combination is another shader. */
export interface FusedAttentionSizes {
  /** Shape of Q and of the result. */
  shape: [batchSize: number, heads: number, time: number, dHead: number];
  causal: boolean;
  masked: boolean;
}

/**
 * The WGSL compute shader of softmax(Q Kᵀ / √dHead + mask) V: one thread per row of Q. A thread goes through the keys
 * once and keeps the largest score so far, the sum of exponentials against it, and the weighted sum of values; a
 * larger score rescales both (Milakov & Gimelshein 2018, arXiv 1805.02867; FlashAttention, Dao et al. 2022,
 * arXiv 2205.14135, algorithm 1 with blocks of one key). The scores never reach memory. Threads of a workgroup read
 * the same key at the same time, which a GPU serves with one load.
 *
 * Uniforms besides TensorFlow.js's own: `keys`, and for a mask `maskStrides`, 0 along an axis that it broadcasts.
 */
export function fusedAttentionProgram({ shape, causal, masked }: FusedAttentionSizes): WebGPUProgram {
  const [batchSize, heads, time, dHead] = shape;
  const workgroup = 64;
  // Four numbers to a load where the rows are a multiple of four.
  const width = dHead % 4 === 0 ? 4 : 1;
  const type = width === 4 ? "vec4<f32>" : "f32";
  const count = dHead / width;
  return {
    variableNames: ["Q", "K", "V", ...(masked ? ["mask"] : [])],
    variableComponents: [width, width, width, ...(masked ? [1] : [])],
    outputComponent: width,
    outputShape: shape,
    workgroupSize: [workgroup, 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] },
    dispatch: [Math.ceil((batchSize * heads * time) / workgroup), 1, 1],
    uniforms: `keys : i32,${masked ? " maskStrides : vec4<i32>," : ""}`,
    shaderKey: `fusedAttention_${dHead}_${causal}_${masked}`,
    getUserCode: () => `
      fn main(index : i32) {
        let time = uniforms.outShape[2];
        if (index >= uniforms.outShape[0] * uniforms.outShape[1] * time) { return; }
        let head = index / time; // of all the batch's heads
        let t = index - head * time;
        var query : array<${type}, ${count}>;
        var total : array<${type}, ${count}>;
        for (var i = 0; i < ${count}; i++) { query[i] = Q[index * ${count} + i] * ${1 / Math.sqrt(dHead)}; }
        var largest = -3.4e38;
        var sum = 0.0;
        for (var s = 0; s < ${causal ? "t + 1" : "uniforms.keys"}; s++) {
          let at = (head * uniforms.keys + s) * ${count};
          var score = ${masked ? maskAt : "0.0"};
          for (var i = 0; i < ${count}; i++) { score += ${width === 4 ? "dot(query[i], K[at + i])" : "query[i] * K[at + i]"}; }
          if (score > largest) {
            let rate = exp(largest - score);
            sum *= rate;
            for (var i = 0; i < ${count}; i++) { total[i] *= rate; }
            largest = score;
          }
          let weight = exp(score - largest);
          sum += weight;
          for (var i = 0; i < ${count}; i++) { total[i] += weight * V[at + i]; }
        }
        for (var i = 0; i < ${count}; i++) { result[index * ${count} + i] = total[i] / sum; }
      }`,
  };
}

/** The mask's number for this row and key. */
const maskAt = `mask[
            (head / uniforms.outShape[1]) * uniforms.maskStrides[0] +
            (head % uniforms.outShape[1]) * uniforms.maskStrides[1] +
            t * uniforms.maskStrides[2] + s * uniforms.maskStrides[3]]`;
