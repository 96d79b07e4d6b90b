import * as tf from "@tensorflow/tfjs-core";
import { einsumGradient, type Gradients } from "#lab/tensor/einsum";

type Gradient = Omit<tf.GradConfig, "kernelName" | "gradFunc"> & {
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[], attrs: tf.NamedAttrMap) => Gradients;
};

/**
 * Replaces the gradients that TensorFlow.js 4.22 lacks or gets wrong: comparisons, cumulative sums off the last axis,
 * products that broadcast, `prod` over a negative axis, gatherND, scatterND, tensorScatterUpdate, topk, einsum.
 * Gradients of exp, tanh, sigmoid and softmax are written anew so that they can be differentiated once more: the
 * shipped ones take the saved output for a constant.
 */
export function mendGradients(): void {
  for (const [kernelName, gradient] of Object.entries(gradients())) {
    tf.registerGradient({ kernelName, ...gradient, gradFunc: gradient.gradFunc as tf.GradFunc });
  }
}

/** A mended gradient for each kernel name. */
function gradients(): Record<string, Gradient> {
  const matMul = shipped("BatchMatMul");
  const product = shipped("Prod");
  return {
    ...flatGradients(
      ["Greater", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr"],
      ["a", "b"],
    ),
    ...flatGradients(["LogicalNot"], ["x"]),
    Cumsum: {
      gradFunc: (dy, _saved, { axis, exclusive, reverse }) => ({
        x: () => tf.cumsum(dy, axis as number, exclusive as boolean, !reverse),
      }),
    },
    BatchMatMul: {
      inputsToSave: ["a", "b"],
      gradFunc: (dy, saved, attrs) => {
        const { a, b } = matMul(dy, saved, attrs);
        return { a: () => sumTo(a!(), saved[0]!.shape), b: () => sumTo(b!(), saved[1]!.shape) };
      },
    },
    Prod: {
      inputsToSave: ["x"],
      gradFunc: (dy, saved, attrs) => {
        if (attrs.axis === null || attrs.axis === undefined) return product(dy, saved, attrs);
        const axes = [attrs.axis as number | number[]].flat();
        return product(dy, saved, { ...attrs, axis: axes.map((a) => (a < 0 ? a + saved[0]!.rank : a)) });
      },
    },
    GatherNd: {
      inputsToSave: ["params", "indices"],
      gradFunc: (dy, [params, indices]) => ({
        params: () => tf.scatterND(indices!, dy, params!.shape),
        indices: zeros(indices!),
      }),
    },
    ScatterNd: {
      inputsToSave: ["indices"],
      gradFunc: (dy, [indices]) => ({ updates: () => tf.gatherND(dy, indices!), indices: zeros(indices!) }),
    },
    TensorScatterUpdate: {
      inputsToSave: ["indices", "updates"],
      gradFunc: (dy, [indices]) => ({
        tensor: () => tf.sub(dy, tf.scatterND(indices!, tf.gatherND(dy, indices!), dy.shape)),
        updates: () => tf.gatherND(dy, indices!),
        indices: zeros(indices!),
      }),
    },
    TopK: {
      inputsToSave: ["x"],
      outputsToSave: [false, true],
      gradFunc: (dys, [x, indices]) => ({
        x: () => {
          // Two outputs, values and indices: their gradients come as a list.
          const [values] = dys as unknown as tf.Tensor[];
          const picked = tf.oneHot(indices as tf.Tensor1D, x!.shape[x!.rank - 1]!, 1, 0, "float32");
          return tf.sum(tf.mul(picked, tf.expandDims(values!, -1)), -2);
        },
      }),
    },
    Einsum: { saveAllInputs: true, gradFunc: einsumGradient },
    Exp: { inputsToSave: ["x"], gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy, tf.exp(x!)) }) },
    Tanh: {
      inputsToSave: ["x"],
      gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x!)))) }),
    },
    Sigmoid: {
      inputsToSave: ["x"],
      gradFunc: (dy, [x]) => ({
        x: () => {
          const y = tf.sigmoid(x!);
          return tf.mul(dy, tf.sub(y, tf.square(y)));
        },
      }),
    },
    Softmax: {
      inputsToSave: ["logits"],
      gradFunc: (dy, [logits], { dim }) => ({
        logits: () => {
          const y = tf.softmax(logits!, dim as number);
          const weighted = tf.mul(dy, y);
          return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y));
        },
      }),
    },
  };
}

/** The gradient function that TensorFlow.js ships for a kernel. */
function shipped(kernelName: string): Gradient["gradFunc"] {
  const gradient = tf.getGradient(kernelName);
  if (!gradient)
    throw new Error(
      `mendGradients: expected a gradient of ${kernelName}: import register_all_gradients first`,
    );
  return gradient.gradFunc as Gradient["gradFunc"];
}

/** Functions that are constant almost everywhere: their gradient is zero, not an error. */
function flatGradients(kernelNames: string[], inputs: string[]): Record<string, Gradient> {
  const gradient: Gradient = {
    inputsToSave: inputs,
    gradFunc: (_dy, saved) => Object.fromEntries(inputs.map((name, index) => [name, zeros(saved[index]!)])),
  };
  return Object.fromEntries(kernelNames.map((name) => [name, gradient]));
}

function zeros(of: tf.Tensor): () => tf.Tensor {
  return () => tf.zeros(of.shape);
}

/** Sums over the axes that broadcasting stretched, back to the shape before it. */
function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const leading = gradient.rank - shape.length;
  const stretched = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < leading || (shape[axis - leading] === 1 && gradient.shape[axis] !== 1));
  return tf.reshape(stretched.length ? tf.sum(gradient, stretched) : gradient, shape);
}
