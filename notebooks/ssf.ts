// %% [markdown]
// **The problem**: a tuned copy of a model per task is much to store; adapters stay in the network,
// and every image pays for them; a new head alone can't repair features that do not fit.
// **The idea**: if a new domain mostly moves the mean and the spread of each feature, move them back.
// **Scale and shift** each channel after every operation of the frozen network (SSF), the same for
// all images: both can then be merged into the weights before them, and nothing is left over.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { biasPath } from "#lab/adapter";
import { attend } from "#lab/attention";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { inverted } from "#lab/dataset/corruption";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { scatter } from "#lab/figure/scatter";
import { gelu, layerNorm, linear } from "#lab/layer";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters, flatten, mapParameters } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { selectedPaths } from "#lab/selection";
import { average, lowest } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { classify, patchify, type VisionTransformer } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// For the output $x \in \mathbb R^{N \times d}$ of an operation ($N$ tokens, $d$ channels)
// $$ y = \gamma \odot x + \beta, \qquad \gamma, \beta \in \mathbb R^d. $$
// The operations are the embedding of patches, every LayerNorm and every linear layer but the head;
// SSF comes before the class token and positions are added, before the heads are split, before GELU.
// After a linear layer it merges into columns and bias, after a LayerNorm into gain and bias:
// $$ (x W + b) \odot \gamma + \beta = x\, (W\, \mathrm{diag}\, \gamma) + (b \odot \gamma + \beta). $$

// %%
/** γ and β after each operation, by the path of the operation's weight or gain: [d] each. */
export type Pairs = Record<string, { gamma: tf.Tensor1D; beta: tf.Tensor1D }>;
const inBlock = ["{norm1,norm2}.gain", "attention.{query,key,value,output}", "feedForward.*"];
const operations = ["patch.weight", "norm.gain", ...inBlock.map((path) => `blocks.*.${path}`)];
/** γ from N(1, std²) and β from N(0, std²) for all operations: 2 L (7 d + dFf) + 4 d numbers. */
export function initPairs(random: Random, model: VisionTransformer, std = 0.02): Pairs {
  const drawn = selectedPaths(model, operations).map((path) => {
    const d = flatten(model)[path]!.shape.at(-1)!;
    return [path, { gamma: random.normal([d], std, 1), beta: random.normal([d], std) }];
  });
  return Object.fromEntries(drawn);
}
/** Logits [batch, classes] of images [batch, side, side, 1], with y = γ ⊙ x + β after each operation. */
export function classifyScaled(model: VisionTransformer, pairs: Pairs, images: tf.Tensor4D) {
  const { patch, classToken, positions, blocks, norm, head } = model;
  const ssf = (x: tf.Tensor, W: string) => tf.add(tf.mul(x, pairs[W]!.gamma), pairs[W]!.beta);
  return tf.tidy(() => {
    const patches = ssf(linear(patchify(images, 7), patch.weight, patch.bias), "patch.weight");
    const [batchSize, , d] = patches.shape as [number, number, number];
    const first = tf.add(tf.zeros([batchSize, 1, d]), classToken!);
    let x = tf.add(tf.concat([first, patches], 1), positions); // [batch, tokens, d]
    blocks.forEach(({ norm1, attention: A, norm2, feedForward: F }, l) => {
      const at = (x: tf.Tensor, name: string) => ssf(x, `blocks.${l}.${name}`);
      const h = at(layerNorm(x, norm1), "norm1.gain");
      const [Q, K, V] = (["query", "key", "value"] as const).map((name) => {
        const y = at(linear(h, A[name], A.biases![name]), `attention.${name}`);
        const heads = tf.reshape(y, [batchSize, -1, 4, d / 4]);
        return tf.transpose(heads, [0, 2, 1, 3]) as tf.Tensor4D; // [batch, heads, tokens, dHead]
      });
      const found = tf.reshape(tf.transpose(attend(Q!, K!, V!), [0, 2, 1, 3]), x.shape);
      x = tf.add(x, at(linear(found, A.output, A.biases!.output), "attention.output"));
      const g = at(layerNorm(x, norm2), "norm2.gain");
      const up = at(linear(g, F.hidden, F.biases!.hidden), "feedForward.hidden");
      x = tf.add(x, at(linear(gelu(up), F.output, F.biases!.output), "feedForward.output"));
    });
    const last = ssf(layerNorm(tf.slice(x, [0, 0, 0], [-1, 1, -1]), norm), "norm.gain");
    return linear(tf.reshape(last, [batchSize, d]), head.weight, head.bias) as tf.Tensor2D;
  });
}
/** The plain model that computes the same: W diag(γ) and b ⊙ γ + β in place of W and b. */
export function merge(model: VisionTransformer, pairs: Pairs): VisionTransformer {
  const ofBias = Object.fromEntries(Object.entries(pairs).map(([W, pair]) => [biasPath(W), pair]));
  return mapParameters(model, (tensor, path) => {
    if (path in pairs) return tf.mul(tensor, pairs[path]!.gamma); // the columns of W [dIn, dOut]
    const pair = ofBias[path];
    return pair ? tf.add(tf.mul(tensor, pair.gamma), pair.beta) : tensor;
  });
}

// %% [markdown]
// **On inverted digits**: `tiny-vit` knows digits as they were written. It gets 500 with ink and paper
// exchanged; a new head alone (linear probe), SSF and full fine-tuning see the same batches.

// %%
const [steps, batchSize, few, numSeeds] = scale({ full: [60, 32, 500, 2], quick: [1, 2, 4, 1] });
const sizes = { patchSize: 7, numHeads: 4 };
const base = (await pretrained("tiny-vit")) as VisionTransformer;
/** What is trained, in the place of what the model has: a head, or all of it; and pairs with SSF. */
type Trained = Partial<VisionTransformer> & { pairs?: Pairs };
const logits = ({ pairs, ...own }: Trained, x: tf.Tensor4D) =>
  pairs ? classifyScaled({ ...base, ...own }, pairs, x) : classify({ ...base, ...own }, x, sizes);
const pixels = ({ images, count }: LabelledImages) => tf.tensor4d(images, [count, 28, 28, 1]);
const labels = (some: LabelledImages) => tf.tensor1d(some.labels, "int32");
const set = await digits();
const test = imagesAt(inverted(set.test), [...Array(few).keys()]);
const X = pixels(test);
const apart = (a: Trained, b: Trained) =>
  read(tf.tidy(() => largestDifference(logits(a, X), logits(b, X))));
const wild = initPairs(random(1), base, 0.3);
const ones = initPairs(random(1), base, 0); // γ = 1, β = 0
const least = { atMost: 1e-4, unit: "in a logit" };
identity("merged-equals-scaled", await apart(merge(base, wild), { pairs: wild }), least);
identity("ones-and-zeros-change-nothing", await apart({ pairs: ones }, {}), least);
const formula = 2 * 4 * (7 * 64 + 256) + 4 * 64; // 2 L (7 d + dFf) + 4 d
count("trains-two-numbers-per-channel", countParameters(wild) - formula, { exactly: 0 });

async function tune<P extends Trained>(start: P, rate: number, seed: number) {
  const own = imagesAt(set.train, random(seed).permutation(2000).slice(0, 500));
  const loss = (trained: P, step: number) => {
    const batch = inverted(randomImages(own, random(1000 * (seed + 1) + step), batchSize));
    return crossEntropy(logits(trained, pixels(batch)), labels(batch));
  };
  const learningRate = cosine({ learningRate: rate, warmup: Math.floor(steps / 7), steps });
  const how = { steps, stage: `rate ${rate}, seed ${seed}`, optimiser: { learningRate, clip: 1 } };
  const { parameters } = await train({ ...how, parameters: start, loss });
  return { trained: parameters, x: countParameters(parameters), y: await score(parameters) };
}
const score = (trained: Trained) => read(tf.tidy(() => accuracy(logits(trained, X), labels(test))));
const head = { weight: tf.zeros<tf.Rank.R2>([64, 10]), bias: tf.zeros<tf.Rank.R1>([10]) };
const compare = async (seed: number) => ({
  probe: await tune({ head }, 5e-2, seed),
  ssf: await tune({ head, pairs: initPairs(random(seed), base) }, 1e-2, seed),
  full: await tune({ ...base, head }, 3e-3, seed),
});
const runs: Awaited<ReturnType<typeof compare>>[] = [];
for (let seed = 0; seed < numSeeds; seed++) runs.push(await compare(seed));
const { trained } = runs[0]!.ssf;
const merged = merge({ ...base, head: trained.head }, trained.pairs);
identity("merged-equals-tuned", await apart(merged, trained), least);
count("merged-is-no-larger", countParameters(merged) - countParameters(base), { exactly: 0 });
const gain = runs.map(({ ssf, probe }) => ssf.y - probe.y);
ordering("beats-a-linear-probe", average(gain), { atLeast: 0.04, unit: "of accuracy" });
const more = runs.map(({ full, probe }, i) => gain[i]! - (full.y - probe.y) / 4);
ordering("closes-a-quarter-of-the-gap", lowest(more), { atLeast: 0, unit: "more than a quarter" });

// %%
const options = ["gamma and beta", "no gamma", "no beta"] as const;
const named = { id: "merged", label: "What is merged of the tuning", options };
const part = select({ ...named, value: "gamma and beta", good: "gamma and beta", bad: "no gamma" });
const pairs = mapParameters(trained.pairs, (tensor, path) =>
  part === `no ${path.split(".").at(-1)!}` ? flatten(ones)[path]! : tensor,
);
const here = { x: runs[0]!.ssf.x, y: await score({ ...trained, pairs }), label: part };
const series = [
  { name: "linear probe", points: runs.map(({ probe }) => probe) },
  { name: "SSF", points: [...runs.map(({ ssf }) => ssf), here] },
  { name: "full fine-tuning", points: runs.map(({ full }) => full) },
];
scatter(series, {
  title: "Accuracy, and what is trained for it",
  description: "SSF trains a thirtieth of the numbers, and lies far above a new head alone.",
  x: { label: "numbers trained", log: true },
  y: { label: "accuracy on inverted digits (0 to 1)" },
});
