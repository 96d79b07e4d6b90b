import * as tf from "@tensorflow/tfjs-core";
import { contender, type Entry } from "#lab/arena/contender";
import { flatten, mapParameters } from "#lab/parameter";
import type { Random } from "#lab/random";

/** A share of places, drawn over all layers: those of each layer. */
function choose(draw: Random, layers: number, size: number, share: number): number[][] {
  const some = draw.permutation(layers * size).slice(0, share * layers * size);
  return Array.from({ length: layers }, (_, l) =>
    Array.from(
      some.filter((place) => Math.floor(place / size) === l),
      (place) => place % size,
    ),
  );
}

/** S²FT: of W_d a tenth of the channels, of W_o a quarter of the heads, drawn over all layers; W + E_S Δ. */
export const enter: Entry = (model, draw) => {
  const [layers, heads] = [model.blocks.length, 4];
  const weights = flatten(model);
  const rows: Record<string, number[]> = {};
  const channels = choose(draw, layers, model.blocks[0]!.feedForward.output.shape[0], 0.1);
  const mixed = choose(draw, layers, heads, 0.25);
  for (let l = 0; l < layers; l++) {
    const dHead = model.blocks[l]!.attention.output.shape[0] / heads;
    const ofHeads = mixed[l]!.flatMap((head) => Array.from({ length: dHead }, (_, i) => dHead * head + i));
    if (channels[l]!.length) rows[`blocks.${l}.feedForward.output`] = channels[l]!;
    if (ofHeads.length) rows[`blocks.${l}.attention.output`] = ofHeads;
  }
  const Delta = Object.fromEntries(
    Object.entries(rows).map(([path, S]) => [path, tf.zeros([S.length, weights[path]!.shape[1]!])]),
  );
  return contender(Delta, (Delta) => ({
    model: mapParameters(model, (W, path) => {
      if (!Delta[path]) return W;
      const E = tf.oneHot(rows[path]!, W.shape[0]!, 1, 0, "float32"); // [s, dIn]
      return tf.add(W, tf.matMul(E, Delta[path], true));
    }),
  }));
};
