import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { countParameters, leaves, mapParameters, replace } from "#lab/parameter";
import { random } from "#lab/random";
import { initRestorationNet, restore, type RestorationNet } from "#lab/restoration";
import { expectClose, onEachDevice } from "./device-case";
import { gelu, numbers, slope } from "./reference";

const [side, width] = [3, 2];
const pixels = numbers(side * side, 1);
type Values = Record<string, number[]>;

/** A network of arbitrary numbers, biases included, and its numbers by path. */
function makeNet(): { net: RestorationNet; values: Values } {
  const values: Values = {};
  const net = mapParameters(
    initRestorationNet(random(0), { channels: 1, width, numPairs: 2 }, "uniform fan-in"),
    (tensor, path) => {
      // Small, since the reference's erf is right below 5 alone.
      const own = numbers(tensor.size, path.length * 31 + path.charCodeAt(6));
      values[path] = own.map((value) => Math.fround(value / 3));
      return tf.tensor(values[path], tensor.shape);
    },
  );
  return { net, values };
}

/** A 3×3 convolution of one image [side * side * dIn] in float64. */
function convolve(x: number[], weight: number[], bias: number[]): number[] {
  const dOut = bias.length;
  const dIn = x.length / side ** 2;
  return Array.from({ length: side ** 2 * dOut }, (_, at) => {
    const [row, column, out] = [Math.floor(at / dOut / side), Math.floor(at / dOut) % side, at % dOut];
    let sum = bias[out]!;
    for (let k = 0; k < 9 * dIn; k++) {
      const [i, j] = [row + Math.floor(k / dIn / 3) - 1, column + (Math.floor(k / dIn) % 3) - 1];
      if (i < 0 || j < 0 || i >= side || j >= side) continue;
      sum += x[(i * side + j) * dIn + (k % dIn)]! * weight[k * dOut + out]!;
    }
    return sum;
  });
}

function expected(values: Values, x = pixels): number[] {
  const through = (h: number[], path: string) =>
    convolve(h, values[`${path}.weight`]!, values[`${path}.bias`]!);
  let h = through(x, "first");
  for (const pair of ["pairs.0", "pairs.1"]) {
    const change = through(through(h, `${pair}.inner`).map(gelu), `${pair}.outer`);
    h = h.map((value, i) => value + change[i]!);
  }
  return through(h, "last").map((value, i) => value + x[i]!);
}

onEachDevice(() => {
  const image = () => tf.tensor4d(pixels, [1, side, side, 1]);

  test("gives the images of the equations", async () => {
    const { net, values } = makeNet();
    const y = restore(net, image());
    expect(y.shape).toEqual([1, side, side, 1]);
    await expectClose(y, expected(values));
  });
  test("has their gradients", async () => {
    const { net, values } = makeNet();
    const mix = numbers(side ** 2, 7);
    const loss = (...tensors: tf.Tensor[]) =>
      tf.sum(tf.mul(restore(replace(net, tensors), image()), tf.tensor4d(mix, [1, side, side, 1])));
    const gradients = tf.grads(loss)(leaves(net).map(({ tensor }) => tensor));
    for (const path of ["first.weight", "pairs.0.inner.weight", "pairs.1.outer.bias", "last.weight"]) {
      const index = leaves(net).findIndex((leaf) => leaf.path === path);
      const f = (v: number[]) =>
        expected({ ...values, [path]: v }).reduce((sum, value, i) => sum + value * mix[i]!, 0);
      await expectClose(gradients[index]!, slope(f, values[path]!), 1e-4);
    }
  });
  test("changes nothing when its last filters are 0", async () => {
    const { net } = makeNet();
    const last = { weight: tf.zeros([3, 3, width, 1]) as tf.Tensor4D, bias: tf.zeros([1]) as tf.Tensor1D };
    await expectClose(restore({ ...net, last }, image()), pixels, 1e-9);
  });
  test("leaves no tensor behind, takes images of any size, and has the parameters of its sizes", () => {
    const { net } = makeNet();
    const other = tf.zeros([2, 5, 4, 1]) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    const y = restore(net, other);
    expect(y.shape).toEqual([2, 5, 4, 1]);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const full = initRestorationNet(random(0), { channels: 1, width: 24, numPairs: 4 }, "uniform fan-in");
    expect(countParameters(full)).toBe(9 * 24 + 24 + 8 * (9 * 24 * 24 + 24) + 9 * 24 + 1);
    expect(() => restore(net, tf.zeros([1, 3, 3, 2]))).toThrow(
      "expected x of shape [batch, height, width, 1]",
    );
  });
});
