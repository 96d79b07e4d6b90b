// %% [markdown]
// **The problem**: fine-tune first, quantise afterwards; at 4 bits for weights *and* activations, the
// second step ruins the result, since a few outlier channels stretch the range of every token.
// **The idea**: fine-tune the quantised model, and rotate before its quantisers where that helps.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { attend, causalMask } from "#lab/attention";
import { identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { randomBatch, spacedBatch, stateOfTheUnion, type TextBatch } from "#lab/dataset/text";
import { bars } from "#lab/figure/bars";
import { quantity } from "#lab/figure/quantity";
import { gelu, layerNorm, linear } from "#lab/layer";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { mapParameters } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { scale, train } from "#lab/training";
import { forward, type ForwardOptions, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// The $b$-bit quantiser has a scale $s$ and a zero point $z$ per token of $X$, and per output of $W$:
// $$ Q(x) = \big(\mathrm{clamp}(\lfloor x/s \rceil + z,\ 0,\ 2^b - 1) - z\big)\, s, $$
// $$ s = \tfrac{\max x - \min x}{2^b - 1}, \quad z = \lfloor -\tfrac{\min x}{s} \rceil. $$
// A linear layer becomes $y = Q(X R)\, Q(R^\top W)$ with an orthogonal $R$: without rounding, $X W$. The
// **straight-through estimator** takes $\partial Q(x)/\partial x = 1$. $R$ is the identity or a random
// Walsh-Hadamard matrix $H\,\mathrm{Diag}(r)$, whichever gives the layer the smaller error
// $$ \mathcal E = \lVert Q(R^\top W) - R^\top W \rVert^2 + \tfrac1n \textstyle\sum_i \lVert Q(X_i R) - X_i R \rVert^2. $$

// %%
/** Q(x) with 4 bits, a scale and a zero point per row; its gradient is that of the identity. */
export function quantise(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((of) => {
    const [x, min] = [of as tf.Tensor, tf.min(of as tf.Tensor, -1, true)];
    const s = tf.maximum(tf.div(tf.sub(tf.max(x, -1, true), min), 15), 1e-8);
    const z = tf.round(tf.div(tf.neg(min), s));
    const levels = tf.clipByValue(tf.add(tf.round(tf.div(x, s)), z), 0, 15);
    return { value: tf.mul(tf.sub(levels, z), s), gradFunc: (dy: tf.Tensor) => dy };
  })(x);
}
/** H Diag(r): Sylvester's Hadamard matrix over √size, its columns with random signs (equation 19). */
export function walshHadamard(random: Random, size: number): tf.Tensor2D {
  const r = Array.from(random.integers(size, 2), (bit) => (2 * bit - 1) / Math.sqrt(size));
  const ones = (bits: number): number => (bits ? (bits & 1) + ones(bits >> 1) : 0);
  return tf.tensor2d(r.map((_, i) => r.map((sign, j) => (ones(i & j) % 2 ? -sign : sign))));
}
const turned = (rows: tf.Tensor, R?: tf.Tensor2D) => (R ? linear(rows, R) : rows); // no R is I
/** Q(X R) Q(Rᵀ W) for X [..., dIn], W [dIn, dOut] and R [dIn, dIn] (equation 5). */
export function rotatedLinear(X: tf.Tensor, W: tf.Tensor2D, R?: tf.Tensor2D, Q = quantise) {
  const RW = tf.transpose(Q(turned(tf.transpose(W), R))); // a row of Wᵀ R is an output's
  return linear(Q(turned(X, R)), RW as tf.Tensor2D);
}
/** The squared error of the weights and, per sample, of X [samples, time, dIn] (equation 12). */
export function quantisationError(X: tf.Tensor, W: tf.Tensor2D, R?: tf.Tensor2D): tf.Tensor {
  const error = (x: tf.Tensor) => tf.sum(tf.squaredDifference(quantise(x), x));
  return tf.add(error(turned(tf.transpose(W), R)), tf.div(error(turned(X, R)), X.shape[0]!));
}
const draw = random(0);
const H256 = walshHadamard(draw, 256);
const offI = await read(largestDifference(tf.matMul(H256, H256, false, true), tf.eye(256)));
identity("hadamard-is-orthogonal", offI, { atMost: 1e-5, unit: "largest difference from I" });

// %% [markdown]
// **A model with outliers**: two features of each LayerNorm of the zoo's model of Moby-Dick times 20,
// and the weights that read them over 20. It will be tuned on State of the Union addresses.

// %%
type Layer = (X: tf.Tensor, W: tf.Tensor2D, name: string) => tf.Tensor;
/** A forward pass with `layer` in the place of the six linear maps of each block. */
const through = (layer: Layer): ForwardOptions => ({
  block: (x, { norm1, attention: A, norm2, feedForward: F }, l) => {
    const h = layerNorm(x, norm1); // [batch, time, 64]
    const [Q, K, V] = (["query", "key", "value"] as const).map((name) => {
      const heads = tf.reshape(layer(h, A[name], l + name), [...x.shape.slice(0, 2), 4, 16]);
      return tf.transpose(heads, [0, 2, 1, 3]) as tf.Tensor4D;
    });
    const found = tf.transpose(attend(Q!, K!, V!, causalMask(x.shape[1]!)), [0, 2, 1, 3]);
    const middle = tf.add(x, layer(tf.reshape(found, x.shape), A.output, l + "output"));
    const hidden = gelu(layer(layerNorm(middle, norm2), F.hidden, l + "up"));
    return tf.add(middle, layer(hidden, F.output, l + "down"));
  },
});
const H: Record<string, tf.Tensor2D> = {}; // a rotation for each layer, by its name
const quantised = (R: typeof H, Q = quantise): Layer => {
  return (X, W, name) => rotatedLinear(X, W, R[name], Q);
};
const planted = (model: LanguageModel, a: number) =>
  mapParameters(model, (t, path) => {
    const factors = tf.add(1, tf.mul(a - 1, tf.sum(tf.oneHot([7, 40], 64), 0)));
    if (/norm[12]/.test(path)) return tf.mul(t, factors);
    return /query|key|value|hidden/.test(path) ? tf.div(t, tf.expandDims(factors, 1)) : t;
  });
const text = await stateOfTheUnion();
const [steps, few, size, time] = scale({ full: [120, 20, 4, 48], quick: [1, 1, 1, 8] });
const heldOut = spacedBatch(text.heldOut, 8 * size, time);
const logits = (m: LanguageModel, f: Layer, b: TextBatch) => forward(m, b.inputs, 4, through(f));
/** The rotations that lower the error of a layer, and errors of all: none, all or the best rotated. */
async function calibrate(model: LanguageModel) {
  const pairs: tf.Tensor[] = [];
  const measure: Layer = (X, W, name) => {
    H[name] ??= tf.keep(walshHadamard(draw, W.shape[0]));
    pairs.push(tf.keep(tf.stack([undefined, H[name]].map((R) => quantisationError(X, W, R)))));
    return linear(X, W);
  };
  logits(model, measure, spacedBatch(text.train, 4 * size, time)).dispose();
  const found = (await tf.stack(pairs).array()) as [none: number, all: number][];
  const helps = Object.entries(H).filter((_, i) => found[i]![1] < found[i]![0]);
  const [none, all] = [0, 1].map((k) => found.reduce((sum, pair) => sum + pair[k]!, 0));
  const best = found.reduce((sum, pair) => sum + Math.min(...pair), 0);
  return { R: Object.fromEntries(helps), none: none!, all: all!, best };
}
const full: Layer = (X, W) => linear(X, W);
const model = (await pretrained("tiny-gpt")) as LanguageModel;
const start = planted(model, 20);
const { R, none, all, best } = await calibrate(start);
const original = logits(model, full, heldOut);
const moved = largestDifference(logits(model, quantised(H, tf.clone), heldOut), original);
identity("rotation-keeps-the-function", await read(moved), { atMost: 1e-4 });
const grown = largestDifference(logits(start, full, heldOut), original);
identity("planting-keeps-the-function", await read(grown), { atMost: 1e-3 });
identity("choosing-is-never-worse", best / Math.min(none, all), { atMost: 1 });
ordering("choosing-halves-the-error", best / none, { atMost: 0.5, unit: "× no rotation" });

// %%
const nats = (m: LanguageModel, f: Layer, b: TextBatch) => crossEntropy(logits(m, f, b), b.targets);
const loss = (m: LanguageModel, layer: Layer) => read(tf.tidy(() => nats(m, layer, heldOut)));
async function tune(model: LanguageModel, layer: Layer, steps: number, stage: string) {
  const loss = (model: LanguageModel, step: number) =>
    nats(model, layer, randomBatch(text.train, random(step), size, time));
  const optimiser = { learningRate: (step: number) => 1e-3 * (1 - step / steps) };
  return (await train({ parameters: model, steps, stage, optimiser, loss })).parameters;
}
const sft = await tune(start, full, steps, "full precision");
const straight = quantised({}); // no rotation
const ste = await tune(start, straight, steps, "STE");
const roste = await tune(start, quantised(R), steps, "RoSTE");
const [rounded, rotated] = [await loss(sft, straight), await loss(sft, quantised(H))];
const [STE, RoSTE] = [await loss(ste, straight), await loss(roste, quantised(R))];
ordering("rotating-helps-afterwards", rounded - rotated, { atLeast: 0, unit: "nats" });
ordering("training-beats-rounding-afterwards", rotated - RoSTE, { atLeast: 0.1, unit: "nats" });
ordering("rotating-beats-training-alone", STE - RoSTE, { atLeast: 0.1, unit: "nats" });
const calm = quantised((await calibrate(model)).R);
const calmSte = await loss(await tune(model, straight, few, "STE, no outliers"), straight);
const calmRoste = await loss(await tune(model, calm, few, "RoSTE, no outliers"), calm);
ordering("no-gain-without-outliers", Math.abs(calmSte - calmRoste), { atMost: 0.05, unit: "nats" });
const whole = await loss(sft, full);
const values = [rounded, rotated, STE, RoSTE].map((quantised) => quantised - whole);
bars(["rounded", "rotated", "STE", "RoSTE"], [{ name: "fine-tuned, 4 bits", values }], {
  title: "What 4 bits cost",
  description: "Rounding costs most; rotation saves much, RoSTE more than half of the rest.",
  x: { label: "rounded after tuning, also rotated; or while tuning" },
  y: { label: "loss above full precision (nats)" },
});

// %%
const range = { min: 1, max: 39, step: 19, value: 20, good: 20, bad: 1 };
const a = slider({ id: "a", label: "Factor a of the planted outliers", ...range });
const shown = await calibrate(planted(model, a));
quantity(shown.best / shown.none, "of the error is left by the chosen rotations");
