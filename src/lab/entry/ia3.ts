import * as tf from "@tensorflow/tfjs-core";
import { contender, type Entry } from "#lab/arena/contender";
import type { Hook } from "#lab/attention";
import { hooked, type Hooks, split } from "#lab/entry/hooked-block";
import { mapParameters } from "#lab/parameter";

/** (IA)³: a factor for each feature of keys, values and the feed-forward layer's hidden part, 1 at first. */
export const enter: Entry = (model) => {
  const ones = ({ shape }: tf.Tensor2D) => tf.ones<tf.Rank.R1>([shape[1]]);
  const all = model.blocks.map(({ attention, feedForward }) => ({
    key: ones(attention.key),
    value: ones(attention.value),
    hidden: ones(feedForward.hidden),
  }));
  const times = (scale: tf.Tensor): Hook => {
    return (heads) => tf.mul(heads, split(tf.reshape(scale, [1, 1, -1])));
  };
  const hooks = ({ key, value, hidden }: (typeof all)[number]): Hooks => ({
    attention: () => ({ hooks: { keys: times(key), values: times(value) } }),
    hidden: (features) => tf.mul(features, hidden),
  });
  return contender(all, (all) => ({ model, options: hooked((l) => hooks(all[l]!)) }), {
    // Columns of the maps to keys and values, and rows of the one that reads the hidden features.
    merged: (all) =>
      mapParameters(model, (tensor, path) => {
        const [, l, name] = /^blocks\.(\d+)\.(?:.*\.)?(\w+)$/.exec(path) ?? [];
        const own = all[Number(l)];
        if (own && (name === "key" || name === "value")) return tf.mul(tensor, own[name]);
        const reads = path.endsWith("feedForward.output");
        return own && reads ? tf.mul(tensor, tf.expandDims(own.hidden, 1)) : tensor;
      }),
  });
};
