// %% [markdown]
// **The problem**: a sweep trains many models and throws all but one away; an ensemble keeps them, and
// costs as much as all. **The idea**: models tuned from *one* pre-trained model mostly lie in one basin
// of low loss. So the average of their weights is a good model, and costs no more than one: a **soup**.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering, trend } from "#lab/claim";
import { slider } from "#lab/control";
import { noisy, rotated } from "#lab/dataset/corruption";
import { digits, imagesAt, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { scatter } from "#lab/figure/scatter";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { average, correlation, lowest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { classify, type VisionTransformer as Model } from "#lab/vit";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// Of $\theta_1 \dots \theta_k$, tuned from one $\theta_0$, the **uniform soup** is $\frac1k \sum_i \theta_i$.
// The **greedy soup** adds them from the best on validation images to the worst, and keeps each with
// which the average is no worse. How far is a soup's loss from that of the ensemble, the mean of logits?
// On the path $\theta_\alpha = (1 - \alpha) \theta_0' + \alpha \theta_1$, with logits $f$ that differ by
// $\Delta f$ at its ends, about (and by nothing, where logits are linear in all that differs)
// $$ \tfrac{\alpha (1 - \alpha)}2 \Big( -\tfrac{d^2}{d\alpha^2} \mathcal L^\text{soup}_\alpha + \mathbb E_x \mathrm{Var}_{Y \sim \mathrm{softmax}(f)} [\Delta f_Y] \Big). $$

// %%
/** The average of models' weights, in equal shares or in those given. */
export function soup(models: Model[], shares = models.map(() => 1 / models.length)): Model {
  return mapParameters(models[0]!, (_, path) => {
    const parts = models.map((theta, i) => tf.mul(flatten(theta)[path]!, shares[i]!));
    return parts.reduce((sum, part) => tf.add(sum, part));
  });
}
/** All models from the best on validation to the worst, and those kept in the greedy soup (recipe 1). */
export async function greedySoup(models: Model[], validate: (model: Model) => Promise<number>) {
  const own = await Promise.all(models.map(validate));
  const ranked = models.map((model, i) => ({ model, own: own[i]! })).sort((a, b) => b.own - a.own);
  let [kept, best]: [Model[], number] = [[], 0];
  for (const { model } of ranked) {
    const score = await validate(soup([...kept, model]));
    if (score >= best) [kept, best] = [[...kept, model], score];
  }
  return { ranked: ranked.map(({ model }) => model), kept };
}
/** The formula at α = ½, of logits f [n, classes] at α - h, α and α + h and targets y [n]. */
export function predictedGap(f: tf.Tensor[], deltaF: tf.Tensor, y: tf.Tensor, h = 0.1): tf.Tensor {
  const [before, at, after] = f.map((each) => crossEntropy(each, y));
  const curvature = tf.div(tf.sub(tf.add(before!, after!), tf.mul(at!, 2)), h ** 2);
  const p = tf.softmax(f[1]!);
  const squares = tf.sum(tf.mul(p, tf.square(deltaF)), -1);
  const variance = tf.sub(squares, tf.square(tf.sum(tf.mul(p, deltaF), -1))); // [n]
  return tf.div(tf.sub(tf.mean(variance), curvature), 8); // α (1 - α) / 2
}

// %%
const base = (await pretrained("tiny-vit")) as Model;
const [n, steps, batchSize, repeats] = scale({ full: [50, 32, 16, 2], quick: [1, 1, 1, 1] });
const labelled = ({ images, labels, count }: LabelledImages) =>
  [tf.tensor4d(images, [count, 28, 28, 1]), tf.tensor1d(labels, "int32")] as const;
const logits = (model: Model, x: tf.Tensor4D) => classify(model, x, { patchSize: 7, numHeads: 4 });
const ensemble = (f: tf.Tensor[]) => tf.mean(tf.stack(f), 0); // of logits
const places = (from: number, size: number) => Array.from({ length: size }, (_, i) => from + i);
const { train: known, test: unseen } = await digits();
const [X, Y] = labelled(imagesAt(unseen, places(0, 2 * n)));
const apart = (model: Model, f: tf.Tensor) => read(largestDifference(logits(model, X), f));
const least = { atMost: 1e-4, unit: "in a logit" };
const f0 = logits(base, X);
const copies = await apart(soup([base, base, base]), f0);
identity("copies-average-to-themselves", copies, { atMost: 1e-5, unit: "in a logit" });
const times = (part: RegExp, factor: number) =>
  mapParameters(base, (W, path) => (part.test(path) ? tf.mul(W, factor) : W));
const off = (one: Model) => apart(soup([base, one]), ensemble([f0, logits(one, X)]));
const both = [times(/^head/, 3), times(/^norm/, 3)].map(off);
identity("is-the-ensemble-where-logits-are-linear", Math.max(...(await Promise.all(both))), least);
const mirrored = times(/value$|attention.output$/, -1); // both signs turned: nothing changes
identity("two-signs-make-the-same-model", await apart(mirrored, f0), least);
const mixed = await read(accuracy(logits(soup([base, mirrored]), X), Y));
ordering("another-sign-spoils-the-soup", mixed, { atMost: 0.3, unit: "accuracy" });

// %% [markdown]
// **A sweep**: `tiny-vit`, head included, learns from 200 digits turned by 0.6 radians, at three rates,
// turned at random besides or not. Shifted images are turned by other angles, and have more noise.

// %%
const rates = scale({ full: [5e-4, 5e-4, 1e-3, 1e-3, 2e-3, 2e-3], quick: [1e-3] });
const turned = (set: LabelledImages, wide: number, std: number, draw = random(2)) => {
  const angles = Array.from(set.labels, () => 0.6 + wide * (draw.next() - 0.5));
  return labelled(noisy(rotated(set, angles), draw, std));
};
const test = turned(imagesAt(unseen, places(0, 6 * n)), 0, 0.2);
const shifted = turned(imagesAt(unseen, places(6 * n, 4 * n)), 1.2, 0.3);
const validation = turned(imagesAt(known, places(1600, 8 * n)), 0, 0.2);
const score = (model: Model, [x, y]: typeof test) => read(accuracy(logits(model, x), y));
const measure = async (model: Model) => {
  const f = logits(model, test[0]);
  const [x, nats] = [read(accuracy(f, test[1])), read(crossEntropy(f, test[1]))];
  return { x: await x, y: await score(model, shifted), nats: await nats };
};
async function tune(own: LabelledImages, rate: number, seed: number) {
  const loss = (model: Model, step: number) => {
    const draw = random(1000 * seed + step);
    const [x, y] = turned(randomImages(own, draw, batchSize), seed % 2 ? 0.5 : 0, 0.2, draw);
    return crossEntropy(logits(model, x), y);
  };
  const optimiser = { learningRate: (step: number) => rate * (1 - step / steps), clip: 1 };
  return (await train({ parameters: base, loss, steps, optimiser, stage: "sweep" })).parameters;
}
async function sweep(repeat: number) {
  const own = imagesAt(known, random(repeat).permutation(1600).slice(0, 200));
  const models: Model[] = [];
  for (const [i, rate] of rates.entries()) models.push(await tune(own, rate, 10 * repeat + i));
  const { ranked, kept } = await greedySoup(models, (model) => score(model, validation));
  const three = [ranked[0]!, soup(kept), soup(models)].map(measure);
  const [best, greedy, uniform] = (await Promise.all(three)) as [Row, Row, Row];
  const each = await Promise.all(models.map(measure));
  const won = (await score(soup(kept), validation)) - (await score(ranked[0]!, validation));
  return { models, ranked, each, best, greedy, uniform, won };
}
type Row = Awaited<ReturnType<typeof measure>>;
const runs: Awaited<ReturnType<typeof sweep>>[] = [];
for (let repeat = 0; repeat < repeats; repeat++) runs.push(await sweep(repeat));
const over = (of: keyof Row) => runs.map(({ greedy, best }) => greedy[of] - best[of]);
const overMean = (of: keyof Row) =>
  average(runs.map(({ uniform, each }) => uniform[of] - mean(each.map((one) => one[of]))));
count("greedy-never-loses-on-validation", lowest(runs.map(({ won }) => won)), { atLeast: 0 });
ordering("uniform-beats-the-mean-model", overMean("x"), { atLeast: 0.01 });
ordering("uniform-beats-it-on-shifted-images", overMean("y"), { atLeast: 0.01 });
ordering("greedy-keeps-up-with-the-best", average(over("x")), { atLeast: -0.01 });
ordering("greedy-keeps-up-on-shifted-images", average(over("y")), { atLeast: 0 });
ordering("greedy-has-the-lower-loss", average(over("nats")), { atMost: 0, unit: "nats" });

const { models, ranked, each, uniform, greedy } = runs[0]!; // pairs for the formula
const [x, y] = test;
const f = models.map((model) => logits(model, x));
const [predicted, real]: [number[], number[]] = [[], []];
for (const [i, a] of models.entries())
  for (const [j, b] of models.slice(0, i).entries()) {
    if (rates[i] === rates[j]) continue; // pairs of different rates
    const path = [0.4, 0.5, 0.6].map((alpha) => logits(soup([b, a], [1 - alpha, alpha]), x));
    predicted.push(await read(predictedGap(path, tf.sub(f[i]!, f[j]!), y)));
    const losses = [path[1]!, ensemble([f[i]!, f[j]!])].map((one) => read(crossEntropy(one, y)));
    real.push((await losses[0]!) - (await losses[1]!));
  }
trend("formula-follows-the-gap", real[1] ? correlation(predicted, real) : 0, { atLeast: 0.9 });

// %%
const range = { min: 1, max: 6, step: 1, value: 3, good: 6, bad: 1 };
const k = slider({ id: "k", label: "Models in the soup, best first", ...range });
const here = { ...(await measure(soup(ranked.slice(0, k)))), label: `best ${k}` };
const soups = [{ ...uniform, label: "uniform" }, { ...greedy, label: "greedy" }, here];
const series = Object.entries({ models: each, soups }).map(([name, points]) => ({ name, points }));
scatter(series, {
  title: "A soup among its ingredients",
  description: "The soups lie to the upper right of most of the models that they are made of.",
  x: { label: "accuracy on images as tuned on (0 to 1)" },
  y: { label: "accuracy on shifted images (0 to 1)" },
});
