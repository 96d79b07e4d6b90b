import * as tf from "@tensorflow/tfjs-core";
import { flatten, leaves, mapParameters, type Parameters, unflatten } from "#lab/parameter";
import { decodeSafetensors, encodeSafetensors, type StorageType } from "#lab/safetensors-format";

/** How parameters are saved. */
export interface SaveOptions {
  /** "F32" keeps every bit; "F16" takes half the bytes. "F32" if left out. */
  dtype?: StorageType;
  /** Texts to keep with the parameters: the recipe, the steps, the licence. */
  metadata?: Record<string, string>;
}

/**
 * The bytes of a safetensors file with every tensor of a tree under its path.
 * @throws when a tensor is not float32, or float16 cannot hold one of its numbers
 */
export async function saveParameters(
  tree: Parameters,
  { dtype = "F32", metadata = {} }: SaveOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const stored = await Promise.all(
    Object.entries(flatten(tree)).map(async ([path, tensor]) => {
      if (tensor.dtype !== "float32")
        throw new Error(`saveParameters: expected float32 at ${path}, got ${tensor.dtype}`);
      return [path, { shape: tensor.shape, values: (await tensor.data()) as Float32Array }] as const;
    }),
  );
  return encodeSafetensors({ tensors: Object.fromEntries(stored), metadata }, dtype);
}

/**
 * The tree of a safetensors file, as `unflatten` makes it of the names, and the texts kept with it.
 * @throws when the bytes are not such a file
 */
export function loadParameters(bytes: Uint8Array): {
  parameters: Parameters;
  metadata: Record<string, string>;
} {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const made = Object.entries(tensors).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]);
  return { parameters: unflatten(Object.fromEntries(made) as Record<string, tf.Tensor>), metadata };
}

/**
 * A tree of the structure of `template` with the tensors of a safetensors file, in tensors of their own.
 * @throws when the file lacks a tensor, has one more, or one of another shape
 */
export function loadInto<T extends Parameters>(template: T, bytes: Uint8Array): T {
  const { tensors } = decodeSafetensors(bytes);
  const paths = new Set(leaves(template).map(({ path }) => path));
  const extra = Object.keys(tensors).filter((name) => !paths.has(name));
  const missing = [...paths].filter((path) => !(path in tensors));
  if (extra.length || missing.length) {
    throw new Error(
      `loadInto: expected the tensors of the template, got ${extra.join(", ") || "nothing"} besides, and ${missing.join(", ") || "nothing"} missing`,
    );
  }
  for (const { path, tensor } of leaves(template)) {
    const { shape } = tensors[path]!;
    if (String(shape) !== String(tensor.shape))
      throw new Error(`loadInto: expected shape [${tensor.shape}] for ${path}, got [${shape}]`);
  }
  return mapParameters(template, (tensor, path) => tf.tensor(tensors[path]!.values, tensor.shape));
}
