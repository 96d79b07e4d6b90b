import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  avgPool,
  conv2d,
  type Convolution,
  depthwiseConv2d,
  initConvolution,
  initDepthwise,
  maxPool,
  type WindowOptions,
} from "#lab/convolution";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { expectClose, onEachDevice, startNodeSession } from "./device-case";
import { numbers, slope } from "./reference";

const [height, width, dIn] = [5, 4, 2];
const x = numbers(2 * height * width * dIn, 1);

/** Numbers of all windows, in float64: `make` gets the pixels (undefined outside the image) of one window. */
function windows(
  values: number[],
  size: number,
  { stride, padding }: Required<WindowOptions>,
  make: (pixels: (number[] | undefined)[]) => number[],
): number[] {
  // "same" puts the odd pixel of the border after the image, as TensorFlow does.
  const place = (side: number) => {
    const count = Math.ceil((padding === "same" ? side : side - size + 1) / stride);
    return {
      count,
      before: padding === "same" ? Math.floor(Math.max((count - 1) * stride + size - side, 0) / 2) : 0,
    };
  };
  const [down, across] = [place(height), place(width)];
  const out: number[] = [];
  for (let image = 0; image < 2; image++)
    for (let i = 0; i < down.count; i++)
      for (let j = 0; j < across.count; j++) {
        const pixels = Array.from({ length: size * size }, (_, k) => {
          const row = i * stride + Math.floor(k / size) - down.before;
          const column = j * stride + (k % size) - across.before;
          if (row < 0 || row >= height || column < 0 || column >= width) return undefined;
          const at = ((image * height + row) * width + column) * dIn;
          return values.slice(at, at + dIn);
        });
        out.push(...make(pixels));
      }
  return out;
}

const [dOut, size] = [3, 3];
const weight = numbers(size * size * dIn * dOut, 2);
const depthwise = numbers(size * size * dIn * 2, 3);
const bias = numbers(4, 4);

const convolved = (x: number[], w: number[], b: number[], o: Required<WindowOptions>) =>
  windows(x, size, o, (pixels) =>
    Array.from({ length: dOut }, (_, out) =>
      pixels.reduce(
        (sum, pixel, k) => (pixel ?? []).reduce((s, v, c) => s + v * w[(k * dIn + c) * dOut + out]!, sum),
        b[out]!,
      ),
    ),
  );
const depthwiseConvolved = (x: number[], w: number[], b: number[], o: Required<WindowOptions>) =>
  windows(x, size, o, (pixels) =>
    Array.from({ length: dIn * 2 }, (_, out) =>
      pixels.reduce((sum, pixel, k) => {
        const channel = Math.floor(out / 2);
        return sum + (pixel?.[channel] ?? 0) * w[(k * dIn + channel) * 2 + (out % 2)]!;
      }, b[out]!),
    ),
  );
const channels = [0, 1];
const seen = (pixels: (number[] | undefined)[], channel: number) =>
  pixels.flatMap((p) => (p ? [p[channel]!] : []));

const variations: Required<WindowOptions>[] = [
  { stride: 1, padding: "same" },
  { stride: 2, padding: "same" },
  { stride: 1, padding: "valid" },
  { stride: 2, padding: "valid" },
];

/** Compares values, and the gradient of Σ w y of every input. */
async function compare(
  run: (...inputs: tf.Tensor[]) => tf.Tensor,
  reference: (...inputs: number[][]) => number[],
  inputs: { values: number[]; shape: number[] }[],
): Promise<void> {
  const values = inputs.map((input) => input.values);
  const tensors = () => inputs.map(({ values, shape }) => tf.tensor(values, shape));
  const expected = reference(...values);
  const y = run(...tensors());
  await expectClose(y, expected);
  const weights = numbers(expected.length, 9);
  const loss = (...given: tf.Tensor[]) => tf.sum(tf.mul(run(...given), tf.tensor(weights, y.shape)));
  const gradients = tf.grads(loss)(tensors());
  for (const [index, gradient] of gradients.entries()) {
    const total = (moved: number[]) =>
      reference(...values.map((v, i) => (i === index ? moved : v))).reduce(
        (s, v, i) => s + v * weights[i]!,
        0,
      );
    await expectClose(gradient, slope(total, values[index]!), 1e-4);
  }
}

const image = { values: x, shape: [2, height, width, dIn] };

onEachDevice(() => {
  describe.each(variations)("stride $stride, $padding padding", (options) => {
    test("conv2d and its gradients", async () => {
      const run = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
        conv2d(x, { weight: weight as tf.Tensor4D, bias: bias as tf.Tensor1D }, options);
      await compare(
        (a, b, c) => run(a!, b!, c!),
        (a, b, c) => convolved(a!, b!, c!, options),
        [image, { values: weight, shape: [size, size, dIn, dOut] }, { values: bias.slice(0, 3), shape: [3] }],
      );
    });
    test("depthwiseConv2d and its gradients", async () => {
      const run = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
        depthwiseConv2d(x, { weight: weight as tf.Tensor4D, bias: bias as tf.Tensor1D }, options);
      await compare(
        (a, b, c) => run(a!, b!, c!),
        (a, b, c) => depthwiseConvolved(a!, b!, c!, options),
        [image, { values: depthwise, shape: [size, size, dIn, 2] }, { values: bias, shape: [4] }],
      );
    });
    test("maxPool and its gradient", async () => {
      await compare(
        (a) => maxPool(a!, 2, options),
        (a) => windows(a!, 2, options, (pixels) => channels.map((c) => Math.max(...seen(pixels, c)))),
        [image],
      );
    });
    test("avgPool and its gradient", async () => {
      const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length;
      await compare(
        (a) => avgPool(a!, 2, options),
        (a) => windows(a!, 2, options, (pixels) => channels.map((c) => mean(seen(pixels, c)))),
        [image],
      );
    });
  });

  test("the gradient of the shipped avgPool is wrong at a padded border", async () => {
    // One window over a single pixel has its mean for a result, so the slope is 1. When this fails, avgPool can be shorter.
    const shipped = (t: tf.Tensor) => tf.sum(tf.avgPool(t as tf.Tensor4D, 2, 1, "same"));
    await expectClose(tf.grad(shipped)(tf.ones([1, 1, 1, 1])), [0.25]);
    await expectClose(
      tf.grad((t: tf.Tensor) => tf.sum(avgPool(t, 2, { stride: 1, padding: "same" })))(tf.ones([1, 1, 1, 1])),
      [1],
    );
  });

  test("windows of a pool lie side by side", async () => {
    const four = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 9], [1, 2, 4, 1]);
    await expectClose(maxPool(four, 2), [6, 9]);
    await expectClose(avgPool(four, 2), [3.5, 5.75]);
  });

  test("a net of convolutions trains", async () => {
    startNodeSession();
    const images = tf.tensor4d(numbers(6 * 36, 20), [6, 6, 6, 1]);
    const target = tf.tidy(() => tf.mean(tf.relu(images), [1, 2])); // [6, 1]
    const generator = random(0);
    const parameters = {
      first: initConvolution(generator, 3, 1, 4, "uniform fan-in"),
      second: initDepthwise(generator, 3, 4, "uniform fan-in"),
      third: initConvolution(generator, 1, 4, 1, "uniform fan-in"),
    };
    const loss = (p: typeof parameters) => {
      const h = maxPool(tf.relu(conv2d(images, p.first)), 2);
      const y = tf.mean(conv2d(tf.relu(depthwiseConv2d(h, p.second)), p.third), [1, 2]);
      return tf.mean(tf.square(tf.sub(y, target))) as tf.Scalar;
    };
    const optimiser = { learningRate: () => 0.02 };
    const { losses } = await train({ parameters, loss, steps: 20, optimiser, stage: "toy" });
    expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.5);
  });

  test("initial filters have the bounds asked for", async () => {
    const spread = async (t: tf.Tensor) => Math.max(...Array.from(await t.data(), Math.abs));
    const uniform = initConvolution(random(1), 3, 8, 16, "uniform fan-in");
    expect(uniform.weight.shape).toEqual([3, 3, 8, 16]);
    expect(await spread(uniform.weight)).toBeCloseTo(1 / Math.sqrt(72), 2);
    expect(await spread(uniform.bias!)).toBeLessThanOrEqual(1 / Math.sqrt(72));
    const normal = initDepthwise(random(1), 5, 200, 0.1);
    expect(normal.weight.shape).toEqual([5, 5, 200, 1]);
    const values = Array.from(await normal.weight.data());
    expect(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)).toBeCloseTo(0.1, 2);
    expect(await spread(normal.bias!)).toBe(0);
    const depthwise = initDepthwise(random(1), 3, 200, "uniform fan-in");
    expect(await spread(depthwise.weight)).toBeCloseTo(1 / 3, 2);
  });

  test("names images that do not fit", () => {
    const filters: Convolution = { weight: tf.zeros([3, 3, 2, 4]) };
    expect(() => conv2d(tf.zeros([1, 4, 4, 3]), filters)).toThrow(
      "conv2d: expected x of shape [batch, height, width, 2], got shape [1,4,4,3]",
    );
    expect(() => depthwiseConv2d(tf.zeros([4, 4, 2]), filters)).toThrow(
      "depthwiseConv2d: expected x of shape",
    );
    expect(() => maxPool(tf.zeros([4, 4, 2]), 2)).toThrow(
      "maxPool: expected x of shape [batch, height, width, channels], got shape [4,4,2]",
    );
    expect(() => avgPool(tf.zeros([4, 4]), 2)).toThrow("avgPool: expected x of shape");
  });
});
