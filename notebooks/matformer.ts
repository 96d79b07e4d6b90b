// %% [markdown]
// ### The problem
// A phone, a server and a watch want models of different sizes. To train one for each is costly, and
// their answers differ. **MatFormer** trains one whose feed-forward layers (FFN) are nested: the first
// 16 hidden neurons are a small FFN that works, the first 32 a better one, and so on. Afterwards every
// size is cut out by slicing, and each block may take another one (*Mix'n'Match*).

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { scatter } from "#lab/figure/scatter";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { leaves, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { average, lowest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { feedForward, type FeedForward } from "#lab/transformer";
import { classify, initVisionTransformer, type VisionTransformer } from "#lab/vit";

// %% [markdown]
// ### The method
// Granularity $i$ of an FFN uses the first $m_i$ of its $d_{ff}$ hidden neurons:
// $$
// \mathrm{FFN}_i(x) = W_2[:, 1{:}m_i]\; \sigma\big(W_1[1{:}m_i, :]\, x + b_1[1{:}m_i]\big) + b_2,
// $$
// with $m = (d_{ff}/8, d_{ff}/4, d_{ff}/2, d_{ff})$, named S, M, L, XL. All else is shared. Each step of
// the training draws one granularity for the whole batch and all blocks, and costs no more than a usual
// step: $\mathcal L = \mathbb E_i\, \ell(\mathcal M_i(x), y)$.

// %%
/** FFN_i: the first m hidden neurons. The lab applies weights as x W, so W_1[1:m, :] are columns. */
export function nested({ hidden, output, biases }: FeedForward, m: number): FeedForward {
  const [d, dFf] = hidden.shape;
  if (!(m >= 1 && m <= dFf)) throw new Error(`nested: expected 1 to ${dFf} neurons, got ${m}`);
  const cut = { hidden: tf.slice(hidden, 0, [d, m]), output: tf.slice(output, 0, [m, d]) };
  if (!biases) return cut;
  return { ...cut, biases: { hidden: tf.slice(biases.hidden, 0, m), output: biases.output } };
}
/** The model with m[l] hidden neurons in block l, or with m in all of them. */
export function submodel(model: VisionTransformer, m: number | number[]): VisionTransformer {
  const blocks = model.blocks.map((block, l) => {
    const size = typeof m === "number" ? m : m[l]!;
    return { ...block, feedForward: nested(block.feedForward, size) };
  });
  return { ...model, blocks };
}
/** A vision transformer of four patches for digits of 8 × 8 pixels, as it starts with a seed. */
function start(seed: number, dFf = 128): VisionTransformer {
  const sizes = { imageSize: 8, channels: 1, patchSize: 4, dModel: 32, numLayers: 2, classes: 10 };
  const shape = { ...sizes, dFf, pooling: "mean" } as const;
  const model = initVisionTransformer(random(seed), shape, "uniform fan-in");
  return { ...model, positions: random(100 + seed).normal([4, 32], 0.5) }; // learns faster
}
const see = (model: VisionTransformer, { images, count }: LabelledImages) =>
  classify(model, tf.tensor4d(images, [count, 8, 8, 1]), { patchSize: 4, numHeads: 2 }); // logits
const [XL, data] = [start(9), await digits({ side: 8 })];
const some = imagesAt(data.test, [0, 1, 2, 3]);
const beyond = tf.zeros([128 - 16, 32]);
const masked = mapParameters(XL, (W, path) =>
  path.endsWith("feedForward.output") ? tf.concat([tf.slice(W, 0, [16, 32]), beyond]) : W,
);
const apart = await read(largestDifference(see(submodel(XL, 16), some), see(masked, some)));
identity("slicing-is-masking", apart, { atMost: 1e-5, unit: "largest difference of logits" });
const same = await read(largestDifference(see(submodel(XL, 128), some), see(XL, some)));
identity("the-largest-is-the-model", same, { exactly: 0, unit: "largest difference of logits" });
const numbers = (model: VisionTransformer) =>
  leaves(model).reduce((sum, { tensor }) => sum + tensor.size, 0);
const saved = numbers(XL) - numbers(submodel(XL, [16, 64])) - (112 + 64) * (2 * 32 + 1);
count("a-submodel-is-smaller-by-its-neurons", saved, { exactly: 0, unit: "numbers" });
const ffn = XL.blocks[0]!.feedForward;
const slope = tf.grad((W1) =>
  tf.sum(feedForward(XL.positions, nested({ ...ffn, hidden: W1 as tf.Tensor2D }, 16))),
)(ffn.hidden);
const rest = await read(tf.max(tf.abs(tf.slice(slope, [0, 16]))));
identity("neurons-beyond-get-no-gradient", rest, { exactly: 0 });

// %% [markdown]
// ### Digits
// One MatFormer, an ordinary XL and an ordinary S, from the same batches for the same number of steps.

// %%
const { seeds, steps, batchSize, size } = scale({
  full: { seeds: [0, 1], steps: 250, batchSize: 32, size: 500 },
  quick: { seeds: [0], steps: 1, batchSize: 2, size: 4 },
});
const m = [16, 32, 64, 128]; // S, M, L, XL
const test = imagesAt(data.test, [...Array(size).keys()]);
async function learn(seed: number, name: string, dFf: number, choose: () => number) {
  const loss = (model: VisionTransformer, step: number) => {
    const batch = randomImages(data.train, random(1000 * (seed + 1) + step), batchSize);
    return crossEntropy(see(submodel(model, choose()), batch), tf.tensor1d(batch.labels, "int32"));
  };
  const learningRate = cosine({ learningRate: 6e-3, warmup: Math.floor(steps / 12), steps });
  const optimiser = { learningRate, weightDecay: 0.01 };
  const stage = `${name}, seed ${seed}`;
  return (await train({ parameters: start(seed, dFf), steps, stage, optimiser, loss })).parameters;
}
/** The class that each test image is taken for. */
const answers = async (model: VisionTransformer, sizes: number | number[]) =>
  tf.tidy(() => tf.argMax(see(submodel(model, sizes), test), -1)).data<"int32">();
const agreement = (a: Int32Array, b: Int32Array) => mean([...a].map((one, i) => +(one === b[i])));
const right = async (model: VisionTransformer, sizes: number | number[]) =>
  agreement(await answers(model, sizes), test.labels);
const mixes = m.flatMap((a) => m.map((b) => [a, b])); // all but four were never trained
async function compare(seed: number) {
  const draw = random(500 + seed);
  const mat = await learn(seed, "MatFormer", 128, () => m[draw.integer(4)]!);
  const [xl, s] = [await learn(seed, "XL", 128, () => 128), await learn(seed, "S", 16, () => 16)];
  const all = (model: VisionTransformer, of: (number | number[])[]) =>
    Promise.all(of.map((sizes) => right(model, sizes)));
  const shares = {
    sizes: await all(mat, m),
    sliced: await all(xl, m),
    mixed: await all(mat, mixes),
  };
  const together = agreement(await answers(mat, 16), await answers(mat, 128));
  const apart = agreement(await answers(s, 16), await answers(xl, 128));
  return { mat, ...shares, alone: await right(s, 16), together, apart };
}
type Run = Awaited<ReturnType<typeof compare>>;
const runs: Run[] = [];
for (const seed of seeds) runs.push(await compare(seed));
const each = (of: (run: Run) => number) => runs.map(of);
const unit = "of the images";
const gain = each(({ sizes, sliced }) => sizes[0]! - sliced[0]!);
ordering("beats-slicing-an-ordinary-model", average(gain), { atLeast: 0.2, unit });
const behind = each(({ sizes, alone }) => sizes[0]! - alone);
ordering("small-is-as-good-as-alone", average(behind), { atLeast: -0.05, unit });
const mixing = each(({ mixed, sizes }) => Math.min(...mixed) - Math.min(...sizes));
ordering("mixes-work-untrained", lowest(mixing), { atLeast: -0.04, unit });
const closer = each(({ together, apart }) => together - apart);
ordering("sizes-agree", average(closer), { atLeast: 0.01, unit });

// %%
const range = { min: 4, max: 128, step: 4, value: 48, good: 48, bad: 4 };
const hidden = slider({ id: "hidden", label: "Hidden neurons of every block", ...range });
const { mat, sizes, sliced, alone } = runs[0]!;
const at = (values: number[]) => values.map((y, i) => ({ x: 2 * m[i]! * 65, y }));
scatter(
  [
    { name: "ordinary S", points: at([alone]) },
    { name: "ordinary XL, sliced", points: at(sliced) },
    { name: "MatFormer", points: at(sizes) },
    {
      name: "MatFormer, size set here",
      points: [{ x: 2 * hidden * 65, y: await right(mat, hidden) }],
    },
  ],
  {
    title: "One model, many sizes",
    description: "The nested model is nearly as good at every size; a sliced ordinary one is not.",
    x: { label: "parameters of the FFNs" },
    y: { label: "share of images read rightly" },
  },
);
