import type * as tf from "@tensorflow/tfjs-core";

/** A model's parameters: tensors by name, nested as the model is. */
export type Parameters = tf.Tensor | readonly Parameters[] | { readonly [name: string]: Parameters };

/** A tensor of a tree, and the names that lead to it: "blocks.3.attention.query". */
export interface Leaf {
  path: string;
  tensor: tf.Tensor;
}

/** The tensors of a tree in the order of its keys, which is the order that `replace` and the optimiser keep. */
export function leaves(tree: Parameters, path = ""): Leaf[] {
  if (isTensor(tree)) return [{ path, tensor: tree }];
  return Object.entries(tree).flatMap(([name, child]) => leaves(child, path ? `${path}.${name}` : name));
}

/** The number of scalars in all tensors of a tree. */
export function countParameters(tree: Parameters): number {
  return leaves(tree).reduce((count, { tensor }) => count + tensor.size, 0);
}

/** A tree of the same structure, whose tensors are those that `change` returns. */
export function mapParameters<T extends Parameters>(
  tree: T,
  change: (tensor: tf.Tensor, path: string) => tf.Tensor,
): T {
  const walk = (node: Parameters, path: string): Parameters => {
    if (isTensor(node)) return change(node, path);
    const step = (name: string, child: Parameters) => walk(child, path ? `${path}.${name}` : name);
    if (Array.isArray(node)) return node.map((child: Parameters, index) => step(String(index), child));
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, step(name, child)]));
  };
  return walk(tree, "") as T;
}

/**
 * A tree of the same structure with other tensors, in the order of `leaves`.
 * @throws when the number of tensors or one of their shapes differs
 */
export function replace<T extends Parameters>(tree: T, tensors: readonly tf.Tensor[]): T {
  const expected = leaves(tree).length;
  if (tensors.length !== expected) {
    throw new Error(`replace: expected ${expected} tensors, one per leaf of the tree, got ${tensors.length}`);
  }
  let index = 0;
  return mapParameters(tree, (old, path) => {
    const tensor = tensors[index++]!;
    if (String(tensor.shape) !== String(old.shape)) {
      throw new Error(`replace: expected shape [${old.shape}] for ${path}, got [${tensor.shape}]`);
    }
    return tensor;
  });
}

function isTensor(node: Parameters): node is tf.Tensor {
  return "dataId" in node;
}
