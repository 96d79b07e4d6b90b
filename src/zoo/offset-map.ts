import type * as tf from "@tensorflow/tfjs-core";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import type { BlockOptions } from "#lab/transformer";
import { attentionWeights } from "#zoo/attention-weights";

/** A pass over one example, with options to hand to the model. */
export type Pass = (options: BlockOptions) => tf.Tensor;

/**
 * The mean attention weight of each head by how far the key stands from the query, before (-) and after (+):
 * [heads][2 reach + 1]. Queries without a key that far are left out.
 */
export function weightsByOffset(heads: number[][][], reach: number): number[][] {
  return heads.map((weights) =>
    Array.from({ length: 2 * reach + 1 }, (_, place) => {
      const found = weights.flatMap((row, query) => row[query + place - reach] ?? []);
      return found.reduce((sum, weight) => sum + weight, 0) / found.length;
    }),
  );
}

/** A figure of where the heads of all blocks look, by distance: a row per head. */
export async function offsetMap(numLayers: number, passes: readonly Pass[], reach = 8): Promise<Figure> {
  const rows: { name: string; weights: number[] }[] = [];
  for (let l = 1; l <= numLayers; l++) {
    const perPass: number[][][] = [];
    for (const pass of passes) perPass.push(weightsByOffset(await attentionWeights(l, pass), reach));
    perPass[0]!.forEach((first, head) => {
      const weights = first.map((_, place) =>
        perPass.reduce((sum, heads) => sum + heads[head]![place]! / passes.length, 0),
      );
      rows.push({ name: `${l}.${head + 1}`, weights });
    });
  }
  return heatMap(
    rows.map(({ weights }) => weights),
    {
      title: "How far the heads look",
      description: `The mean attention weight of each head of each block, by how many pieces the key stands before (-) or after the query.`,
      rows: { label: "block.head", names: rows.map(({ name }) => name) },
      columns: {
        label: "key's place from the query, in pieces",
        names: Array.from({ length: 2 * reach + 1 }, (_, place) => String(place - reach)),
      },
      value: "mean weight",
    },
  );
}
