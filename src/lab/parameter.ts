import type * as tf from "@tensorflow/tfjs-core";

/** A model's parameters: tensors by name, nested as the model is. What is undefined is not there. */
export type Parameters =
  tf.Tensor | readonly Parameters[] | { readonly [name: string]: Parameters | undefined };

/** A tensor of a tree, and the names that lead to it: "blocks.3.attention.query". */
export interface Leaf {
  path: string;
  tensor: tf.Tensor;
}

/** The tensors of a tree in the order of its keys, which is the order that `replace` and the optimiser keep. */
export function leaves(tree: Parameters, path = ""): Leaf[] {
  if (isTensor(tree)) return [{ path, tensor: tree }];
  return Object.entries(tree).flatMap(([name, child]) =>
    child ? leaves(child as Parameters, path ? `${path}.${name}` : name) : [],
  );
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
    const step = (name: string, child: Parameters | undefined) =>
      child && walk(child, path ? `${path}.${name}` : name);
    if (Array.isArray(node)) return node.map((child: Parameters, index) => step(String(index), child)!);
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

/** The tensors of a tree by path: "blocks.3.attention.query" and its like. `unflatten` is its inverse. */
export function flatten(tree: Parameters): Record<string, tf.Tensor> {
  return Object.fromEntries(leaves(tree).map(({ path, tensor }) => [path, tensor]));
}

/**
 * The tree that has these tensors at these paths. Names 0, 1, 2, … at one place make a list of it.
 * @throws when a path is empty, has an empty name, or leads through a tensor
 */
export function unflatten(tensors: Readonly<Record<string, tf.Tensor>>): Parameters {
  const branch = (within: [string[], tf.Tensor][], at: string): Parameters => {
    const names = [...new Set(within.map(([path]) => path[0]!))];
    const children = names.map((name) => {
      const path = at ? `${at}.${name}` : name;
      const inner = within.filter(([[first]]) => first === name);
      const [end] = inner.filter(([names]) => names.length === 1);
      if (!name) throw new Error(`unflatten: expected names between dots, got an empty one in "${path}"`);
      if (!end)
        return branch(
          inner.map(([[, ...rest], tensor]) => [rest, tensor]),
          path,
        );
      if (inner.length > 1) throw new Error(`unflatten: expected a tensor or a tree at "${path}", got both`);
      return end[1];
    });
    const byName = new Map(names.map((name, index) => [name, children[index]!]));
    const isList = names.length > 0 && names.every((_, index) => byName.has(String(index)));
    if (isList) return names.map((_, index) => byName.get(String(index))!);
    // Without a prototype's setters, "__proto__" is a name like any other.
    return Object.fromEntries(byName);
  };
  return branch(
    Object.entries(tensors).map(([path, tensor]) => [path.split("."), tensor]),
    "",
  );
}

function isTensor(node: Parameters): node is tf.Tensor {
  return "dataId" in node;
}
