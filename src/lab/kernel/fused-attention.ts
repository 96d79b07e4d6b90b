import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { attend, type AttentionKernel, causalMask } from "#lab/attention";
import { fusedAttentionProgram } from "#lab/kernel/fused-attention-program";

const kernelName = "FusedAttention";

/**
 * A kernel for attention, softmax(Q Kᵀ / √dHead + mask) V, that computes what `attend` does without ever holding the
 * scores: one shader on webgpu, and `attend` itself on the other devices. Gradients of Q, K, V and the mask
 * are exact, of any order; they take the memory that `attend` takes.
 *
 * The kernel takes Q [batch, heads, time, dHead], K and V [batch, heads, keys, dHead] and a mask that broadcasts to
 * [batch, heads, time, keys], and throws when they do not fit. It has no scores to hook into.
 * @param causal position t looks at s ≤ t alone, and the shader skips the others; a causal mask is then not needed
 */
export function fusedAttention({ causal = false }: { causal?: boolean } = {}): AttentionKernel {
  return (Q, K, V, mask) => {
    requireFitting(Q, K, V, causal);
    const inputs = [Q, K, V];
    // Masks have the scores' rank inside, so that strides are four numbers.
    if (mask) inputs.push(tf.reshape(mask, rankFour(mask, [...Q.shape.slice(0, 3), K.shape[2]])));
    return tf
      .engine()
      .runKernel(kernelName, inputs as unknown as tf.NamedTensorMap, { causal }) as tf.Tensor4D;
  };
}

/** `fusedAttention` in both directions, or in those that a mask leaves: takes the place of `attend`. */
export const fusedAttend: AttentionKernel = fusedAttention();

function requireFitting(Q: tf.Tensor4D, K: tf.Tensor4D, V: tf.Tensor4D, causal: boolean): void {
  const [batchSize, heads, time, dHead] = Q.shape;
  const keys = causal ? time : K.shape[2];
  for (const [name, { shape }] of Object.entries({ K, V })) {
    if (String(shape) === String([batchSize, heads, keys, dHead])) continue;
    const expected = `${name} with shape [${[batchSize, heads, keys, dHead]}]`;
    throw new Error(`fusedAttention: expected ${expected} for Q [${Q.shape}], got shape [${shape}]`);
  }
}

/** The shape of a mask with leading axes of 1. */
function rankFour(mask: tf.Tensor, scores: number[]): [number, number, number, number] {
  const shape = [...Array<number>(Math.max(0, 4 - mask.rank)).fill(1), ...mask.shape];
  const fits = shape.length === 4 && shape.every((side, axis) => side === 1 || side === scores[axis]);
  if (fits) return shape as [number, number, number, number];
  throw new Error(
    `fusedAttention: expected a mask that broadcasts to [${scores}], got shape [${mask.shape}]`,
  );
}

/** What the kernel uses of TensorFlow.js's WebGPU device. */
interface ProgramBackend {
  runWebGPUProgram(
    program: WebGPUProgram,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms: { type: string; data: number[] }[],
  ): tf.TensorInfo;
}

tf.registerKernel({
  kernelName,
  backendName: "webgpu",
  kernelFunc: ({ inputs, attrs, backend }) => {
    const [Q, K, , mask] = inputs as unknown as tf.TensorInfo[];
    const causal = attrs!.causal as boolean;
    const shape = Q!.shape as [number, number, number, number];
    const program = fusedAttentionProgram({ shape, causal, masked: mask !== undefined });
    const uniforms = [{ type: "int32", data: [K!.shape[2]!] }];
    if (mask) uniforms.push({ type: "int32", data: strides(mask.shape) });
    const tensors = inputs as unknown as tf.TensorInfo[];
    return (backend as ProgramBackend).runWebGPUProgram(program, tensors, "float32", uniforms);
  },
});

for (const backendName of ["cpu", "wasm", "webgl"]) {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const [Q, K, V, mask] = inputs as unknown as tf.Tensor4D[];
      return tf.tidy(() => attend(Q!, K!, V!, wholeMask(Q!, mask, attrs!.causal as boolean)));
    },
  });
}

/**
 * With P = softmax(S), S = Q Kᵀ / √dHead + mask, computed again: dV = Pᵀ dY, dP = dY Vᵀ,
 * dS = P ∘ (dP - rowsum(P ∘ dP)), dQ = dS K / √dHead, dK = dSᵀ Q / √dHead, and dMask = dS summed over the axes that the
 * mask broadcasts (FlashAttention, Dao et al. 2022, arXiv 2205.14135, appendix B.2).
 */
tf.registerGradient({
  kernelName,
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const [Q, K, V, mask] = saved as tf.Tensor4D[];
    const rate = 1 / Math.sqrt(Q!.shape[3]);
    const scores = tf.matMul(tf.mul(Q!, rate), K!, false, true);
    const hidden = wholeMask(Q!, mask, attrs.causal as boolean);
    const P = tf.softmax(hidden ? tf.add(scores, hidden) : scores); // [batch, heads, time, keys]
    const weighted = tf.mul(P, tf.matMul(dy as tf.Tensor4D, V!, false, true));
    const dS = tf.sub(weighted, tf.mul(P, tf.sum(weighted, -1, true))) as tf.Tensor4D;
    return {
      0: () => tf.mul(tf.matMul(dS, K!), rate),
      1: () => tf.mul(tf.matMul(dS, Q!, true), rate),
      2: () => tf.matMul(P, dy as tf.Tensor4D, true),
      3: () => {
        const broadcast = [0, 1, 2, 3].filter((axis) => mask!.shape[axis] === 1 && dS.shape[axis] !== 1);
        return broadcast.length ? tf.sum(dS, broadcast, true) : tf.clone(dS);
      },
    };
  },
});

/** The mask, and the causal one where it is asked for. */
function wholeMask(Q: tf.Tensor4D, mask: tf.Tensor | undefined, causal: boolean): tf.Tensor | undefined {
  if (!causal) return mask;
  const past = causalMask(Q.shape[2]);
  return mask ? tf.add(mask, past) : past;
}

/** How far apart neighbours along each axis lie in memory; 0 along an axis of one element. */
function strides(shape: number[]): number[] {
  return shape.map((side, axis) =>
    side === 1 ? 0 : shape.slice(axis + 1).reduce((product, inner) => product * inner, 1),
  );
}
