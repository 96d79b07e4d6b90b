import type * as tf from "@tensorflow/tfjs-core";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";

/** What a tensor holds, at a glance. */
export interface TensorView {
  readonly tensorView: true;
  shape: number[];
  dtype: string;
  /** Of the finite values; NaN where there are none. */
  statistics: { least: number; greatest: number; mean: number; deviation: number };
  /** How many values are NaN or infinite. */
  notFinite: number;
  /** The values themselves, of a small tensor. */
  values?: number[];
  /** Its first matrix as a heat map, in blocks where it is large; none where a heat map would show nothing. */
  figure?: Figure;
}

/** Tensors up to this size are shown number by number. */
const FEW = 12;
/** The most rows and columns of the heat map. */
const SIDE = 32;

/**
 * A view of a tensor: shape, type, statistics, and a heat map of its last two axes at the first place of the others.
 * @throws when the tensor is disposed of, or holds strings
 */
export async function tensorView(tensor: tf.Tensor): Promise<TensorView> {
  const { shape, dtype } = tensor;
  if (tensor.isDisposed || dtype === "string")
    throw new Error(
      `tensorView: expected a tensor of numbers, got ${tensor.isDisposed ? "a disposed" : "a string"} one`,
    );
  const all = Array.from((await tensor.data()) as Float32Array);
  const finite = all.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  const least = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const greatest = finite.reduce((greatest, value) => Math.max(greatest, value), -Infinity);
  const statistics = finite.length
    ? { least, greatest, mean, deviation: Math.sqrt(variance) }
    : { least: NaN, greatest: NaN, mean: NaN, deviation: NaN };
  return {
    tensorView: true,
    shape,
    dtype,
    statistics,
    notFinite: all.length - finite.length,
    ...(all.length <= FEW ? { values: all } : { figure: drawn(all, shape) }),
  };
}

/** The first matrix of a tensor as a heat map; a vector as a matrix of one row. */
function drawn(all: number[], shape: number[]): Figure {
  const [height, width] = shape.length < 2 ? [1, all.length] : (shape.slice(-2) as [number, number]);
  const [tall, wide] = [Math.ceil(height / SIDE), Math.ceil(width / SIDE)];
  const blocks = Array.from({ length: Math.ceil(height / tall) }, (_, i) =>
    Array.from({ length: Math.ceil(width / wide) }, (_, j) => {
      const block: number[] = [];
      for (let y = i * tall; y < Math.min(height, (i + 1) * tall); y++)
        for (let x = j * wide; x < Math.min(width, (j + 1) * wide); x++) {
          const value = all[y * width + x]!;
          if (Number.isFinite(value)) block.push(value);
        }
      return block.length ? block.reduce((sum, value) => sum + value, 0) / block.length : 0;
    }),
  );
  const place = shape.length > 2 ? ` at [${shape.slice(0, -2).map(() => 0)}]` : "";
  const each = tall * wide > 1 ? `, each cell the mean of ${tall} × ${wide} values` : "";
  return heatMap(blocks, {
    title: `Values${place}${each}`,
    description: `A tensor of shape [${shape}] as a heat map${place}${each}.`,
    rows: { label: tall > 1 ? `row / ${tall}` : "row" },
    columns: { label: wide > 1 ? `column / ${wide}` : "column" },
    value: "value",
  });
}
