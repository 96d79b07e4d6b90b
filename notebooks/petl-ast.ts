// %% [markdown]
// **The problem**: an audio spectrogram transformer (AST) reads pictures of sounds as a vision transformer reads
// images, and for every new task all of it used to be tuned and stored. **The idea**: freeze it, and give every block
// an **adapter**, a narrow network. But beside the feed-forward layer or behind it, with a residual or without?

// %%
import * as tf from "@tensorflow/tfjs-core";
import { initLowRank, type LowRank, lowRank } from "#lab/adapter";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { type LabelledImages, randomImages } from "#lab/dataset/digits";
import { targetTones, tones } from "#lab/dataset/tones";
import { bars } from "#lab/figure/bars";
import { gelu, layerNorm, linear, type Norm } from "#lab/layer";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters, leaves, replace } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { lowest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { type BlockFunction, preNormBlock, prepend } from "#lab/transformer";
import { traceVision, type VisionTransformer } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// A block is $x' = x + \mathrm{MHSA}(\mathrm{LN}_1(x))$, then $y = x' + F(u)$ with the feed-forward layer $F$ and
// $u = \mathrm{LN}_2(x')$. An adapter of width $r$ is $A(h) = \mathrm{GELU}(h W_{down} + b_d)\, W_{up} + b_u$; $W_{up}$
// starts at zero, and $\mathrm{LN}_2$ is trained with it. Parallel or sequential, with a residual or without:
// $$
// y - x' = \begin{cases} F(u) + A(u) & \text{par} \\ F(u) + A(u) + u & \text{par+res} \\
// F(u) + A(F(u)) & \text{seq+res} \\ A(F(u)) & \text{seq} \end{cases}
// $$
// **Deep prompts** are trained tokens; every block reads new ones in the place of the last.

// %%
/** W_down [d, r], b_d [r], W_up [r, d], b_u [d], and the LN₂ that is trained with them. */
export type Adapter = Record<"Wdown" | "Wup", tf.Tensor2D> &
  Record<"bd" | "bu", tf.Tensor1D> & { norm2: Norm };
/** One adapter of width r per block, W_up = 0: L (2 d r + r + 3 d) numbers. */
export function initAdapters(draw: Random, { blocks }: VisionTransformer, r: number): Adapter[] {
  return blocks.map(({ norm2 }) => {
    const d = norm2.gain.size;
    const Wdown = draw.uniform([d, r], -(d ** -0.5), d ** -0.5);
    return { Wdown, bd: tf.zeros([r]), Wup: tf.zeros([r, d]), bu: tf.zeros([d]), norm2 };
  });
}
export const places = ["par", "seq+res", "par+res", "seq"] as const;
export type Place = (typeof places)[number];
/** The function y(x) of blocks with adapters: [batch, tokens, d] to the same. */
export function adapted(adapters: readonly Adapter[], place: Place): BlockFunction {
  return (x, { norm1 }, l, { attention, feedForward }) => {
    const { Wdown, bd, Wup, bu, norm2 } = adapters[l - 1]!;
    const A = (h: tf.Tensor) => linear(gelu(linear(h, Wdown, bd)), Wup, bu);
    const middle = tf.add(x, attention(layerNorm(x, norm1))); // x'
    const u = layerNorm(middle, norm2);
    const f = feedForward(u);
    if (place === "par") return tf.addN([middle, f, A(u)]);
    if (place === "par+res") return tf.addN([middle, f, A(u), u]);
    if (place === "seq+res") return tf.addN([middle, f, A(f)]);
    return tf.add(middle, A(f));
  };
}
/** The function of blocks that read n prompts [n, d] of their own before the other tokens. */
export function prompted(prompts: readonly tf.Tensor2D[]): BlockFunction {
  return (x, block, l, subLayers) => {
    const own = tf.slice(x as tf.Tensor3D, [0, l > 1 ? prompts[l - 2]!.shape[0] : 0, 0]);
    return preNormBlock(prepend(prompts[l - 1]!, own), block, l, subLayers);
  };
}

// %% [markdown]
// **Before training**: `tiny-ast` knows ten kinds of synthetic sound. Each method also trains the last norm and a head.

// %%
const base = (await pretrained("tiny-ast")) as VisionTransformer;
const methods = ["probe", "prompts", "LoRA", ...places] as const;
type Method = (typeof methods)[number];
type Own = { adapters?: Adapter[]; prompts?: tf.Tensor2D[]; lora?: LowRank };
type Parts = Own & Partial<Pick<VisionTransformer, "norm" | "head">>;
function begin(method: Method, draw: Random, r = 4) {
  const own: Parts = { norm: base.norm, head: { weight: tf.zeros([64, 8]), bias: tf.zeros([8]) } };
  const maps = "**.attention.{query,value}";
  if (method === "prompts") own.prompts = base.blocks.map(() => draw.uniform([8, 64], -0.17, 0.17));
  else if (method === "LoRA") own.lora = initLowRank(draw, base, maps, { rank: 2 });
  else if (method !== "probe") own.adapters = initAdapters(draw, base, r);
  return own;
}
/** The loss on sounds, the share that is right, and the tokens [batch, tokens, d] through the blocks. */
function judge(set: LabelledImages, method: Method, now: Parts) {
  const { adapters, prompts, lora = {}, ...ends } = now;
  const beside = adapters && adapted(adapters, method as Place);
  const block = beside ?? (prompts ? prompted(prompts) : preNormBlock);
  const model = lowRank({ ...base, ...ends }, lora, { alpha: 2 });
  const images = tf.tensor4d(set.images, [set.count, 28, 28, 1]);
  const pass = traceVision(model, images, { patchSize: 7, numHeads: 4 }, { block });
  const [logits, labels] = [pass.logits, tf.tensor1d(set.labels, "int32")];
  return { ...pass, loss: crossEntropy(logits, labels), right: accuracy(logits, labels) };
}
const few = tones(random(5), 2, targetTones);
const last = (method: Method) => judge(few, method, begin(method, random(1))).residuals.at(-1)!;
const frozen = last("probe");
const far = await Promise.all(places.map((place) => read(largestDifference(last(place), frozen))));
identity("two-start-at-the-model", Math.max(...far.slice(0, 2)), { atMost: 1e-6 });
identity("two-start-elsewhere", Math.min(...far.slice(2)), { atLeast: 0.1 });
count("prompts-are-replaced", last("prompts").shape[1]! - 16 - 8, { exactly: 0, unit: "tokens" });
/** The largest slope along each W_down and each W_up, after one step down the slopes. */
function slopes(start: Adapter[]) {
  const now = leaves(start).map(({ tensor }) => tensor);
  const at = tf.grads((...all) => judge(few, "par", { adapters: replace(start, all) }).loss);
  const next = at(now).map((slope, i) => tf.sub(now[i]!, slope));
  const matrices = at(next).filter(({ rank }) => rank === 2);
  return Promise.all(matrices.map((slope) => read(tf.max(tf.abs(slope)))));
}
const drawn = initAdapters(random(1), base, 4);
const zeros = drawn.map((one) => ({ ...one, Wdown: tf.zerosLike(one.Wdown) }));
identity("one-zero-matrix-learns", Math.min(...(await slopes(drawn))), { atLeast: 1e-6 });
count("two-zero-matrices-never-do", Math.max(...(await slopes(zeros))), { exactly: 0 });
const formulas = { par: 4 * (2 * 64 * 4 + 4 + 3 * 64), prompts: 4 * 8 * 64, LoRA: 4 * 4 * 64 * 2 };
const trained = (method: string) => countParameters(begin(method as Method, random(1)));
const off = Object.entries(formulas).map(([name, own]) => trained(name) - own - 2 * 64 - 8 * 65);
count("trains-what-the-formulas-say", Math.max(...off.map(Math.abs)), { exactly: 0 });
count("budgets-are-alike", trained("par") / trained("prompts"), { atMost: 2, unit: "×" });

// %% [markdown]
// **Eight other kinds of sound**, 50 of each. Every method takes 50 steps on the same batches, at one
// rate, which was chosen on other sounds than the 1,152 that are tested.

// %%
const [steps, size, sets] = scale({ full: [50, 32, 36], quick: [1, 2, 1] });
const tests = [...Array(sets).keys()].map((i) => tones(random(300 + i), size, targetTones));
const learningRate = cosine({ learningRate: 2e-2, warmup: Math.floor(steps / 6), steps });
/** How many of 100 test sounds are taken for another kind, after training. */
async function tune(method: Method, seed: number, r: number) {
  const own = tones(random(100 + seed), 400, targetTones);
  const batch = (step: number) => randomImages(own, random(1000 * (seed + 1) + step), size);
  const loss = (now: Parts, step: number) => judge(batch(step), method, now).loss;
  const how = { steps, stage: `${method}, seed ${seed}`, optimiser: { learningRate, clip: 1 } };
  const trained = await train({ ...how, parameters: begin(method, random(seed), r), loss });
  const right = (set: LabelledImages) => judge(set, method, trained.parameters).right;
  return 100 * (1 - mean(await Promise.all(tests.map((set) => read(tf.tidy(() => right(set)))))));
}
const twice = async (method: Method, r = 4) => [await tune(method, 0, r), await tune(method, 1, r)];
const errors: Record<string, number[]> = {};
for (const method of methods) errors[method] = await twice(method);
const fewer = (a: Method, b: Method) => lowest(errors[b]!.map((e, i) => e - errors[a]![i]!));
ordering("adapter-beats-prompts", fewer("par", "prompts"), { atLeast: 1, unit: "of 100" });
ordering("adapter-beats-lora", fewer("par", "LoRA"), { atLeast: 0, unit: "of 100" });
ordering("behind-needs-a-residual", fewer("seq+res", "seq"), { atLeast: 1, unit: "of 100" });
ordering("beside-needs-none", fewer("par", "par+res"), { atLeast: -1, unit: "of 100" });

// %%
const range = { min: 1, max: 16, step: 1, value: 4, good: 16, bad: 1 };
const r = slider({ id: "width", label: "Width r of the parallel adapter", ...range });
const all = r === 4 ? errors : { ...errors, par: await twice("par", r) };
const series = [0, 1].map((i) => ({ name: `seed ${i}`, values: methods.map((m) => all[m]![i]!) }));
bars(methods, series, {
  title: "Mistakes on eight new kinds of sound",
  description: "Prompts and the probe err most; the four places of the adapter lie close together.",
  ...{ x: { label: "method" }, y: { label: "mistakes of 100 sounds" } },
});
