// %% [markdown]
// **The problem**: each kind of bad image, hazy, dark or wet, wants a network of its own, tuned on few
// real pairs. **PROD** pre-trains one on synthetic degradations in random order. **CoLoRA** keeps it
// frozen and adds low-rank factors for each task, of more rank in a layer that contributes more.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { degraded, tasks } from "#lab/dataset/degradation";
import { digits, imagesAt, type LabelledImages } from "#lab/dataset/digits";
import { bars } from "#lab/figure/bars";
import { linear } from "#lab/layer";
import { largestDifference, read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { countParameters, leaves, type Parameters, replace } from "#lab/parameter";
import { psnr } from "#lab/psnr";
import { type Random, random } from "#lab/random";
import { initRestorationNet, restore, type RestorationNet as Net } from "#lab/restoration";
import { mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { unfoldedConv2d } from "#lab/unfolding";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// Tune the pre-trained $\theta^b$ in full to $\theta^t$. What a number contributed to the sum of squared
// errors $\mathcal L$ is an integral along $\theta(\alpha) = \alpha \theta^b + (1 - \alpha) \theta^t$ (FAIG),
// here at $N$ midpoints. A layer's sum sets $\delta_i$, the share of its numbers that its factors get:
// $$
// c_i = \sum_{j \in i} \Big| (\theta^b - \theta^t)_j \cdot \frac1N \sum_s
// \frac{\partial \mathcal L(\theta(\alpha_s))}{\partial \theta_j} \Big|, \qquad
// \delta_i = \frac{a\, c_i}{\max c}, \qquad r_i = \mathrm{round} \frac{\delta_i d_i k_i}{d_i + k_i}.
// $$
// Filters, flattened to $d_i \times k_i$, become $W_i = W_i^0 + A_i B_i$ of rank $r_i$; at first $B_i = 0$.

// %%
/** (θᵇ - θᵗ) times the mean gradient at N midpoints, tensor by tensor; FAIG is its absolute value. */
export function attributed(base: Net, target: Net, loss: (net: Net) => tf.Scalar, N: number) {
  return tf.tidy(() => {
    const to = leaves(target).map(({ tensor }) => tensor);
    const change = leaves(base).map(({ tensor }, i) => tf.sub(tensor, to[i]!));
    const slopes = tf.grads((...theta) => loss(replace(base, theta)));
    const found = Array.from({ length: N }, (_, s) =>
      slopes(change.map((by, i) => tf.add(to[i]!, tf.mul(by, (s + 0.5) / N)))),
    );
    return change.map((by, i) => tf.mul(by, tf.mean(tf.stack(found.map((all) => all[i]!)), 0)));
  });
}
/** d and k of filters [height, width, dIn, k]. */
const sides = ({ size, shape }: tf.Tensor) => [size / shape.at(-1)!, shape.at(-1)!] as const;
/** The numbers in factors of these ranks, Σ r (d + k). */
export const stored = (r: number[], filters: tf.Tensor[]): number =>
  filters.map(sides).reduce((sum, [d, k], i) => sum + r[i]! * (d + k), 0);
/** r of each layer from its contribution, for the largest a up to 1 within the budget. */
export function ranks(c: number[], filters: tf.Tensor[], budget: number): number[] {
  for (let a = 1; ; a -= 0.001) {
    const delta = c.map((one) => (a * one) / Math.max(...c));
    const r = filters.map(sides).map(([d, k], i) => Math.round((delta[i]! * d * k) / (d + k)));
    if (stored(r, filters) <= budget) return r;
  }
}
export type Factors = { A?: tf.Tensor2D; B?: tf.Tensor2D }; // [d, r], [r, k]; none where r = 0
/** A from N(0, 1 / d) and B = 0. */
export function start(random: Random, W0: tf.Tensor, r: number): Factors {
  const [d, k] = sides(W0);
  return r ? { A: random.normal([d, r], 1 / Math.sqrt(d)), B: tf.zeros([r, k]) } : {};
}
/** W⁰ + A B, in the shape of W⁰. */
export const merge = (W0: tf.Tensor, { A, B }: Factors): tf.Tensor =>
  A && B ? tf.add(W0, tf.reshape(tf.matMul(A, B), W0.shape)) : W0;

// %% [markdown]
// On three tasks, PROD and a network that has seen noise alone are tried untuned. Then PROD is tuned
// on 32 pairs, in full and as CoLoRA, and so is a network from scratch; 500 other digits judge.

// %%
const { steps, batchSize, pairs, tests, N, names } = scale({
  full: { steps: 150, batchSize: 8, pairs: 32, tests: 500, N: 10, names: Object.keys(tasks) },
  quick: { steps: 1, batchSize: 2, pairs: 4, tests: 2, N: 4, names: ["haze, noise, blur"] },
});
const { train: known, test: unseen } = await digits({ side: 8 });
const prod = (await pretrained("tiny-restore-prod")) as Net;
const noise = (await pretrained("tiny-restore-noise")) as Net;
const shape = { channels: 1, width: 24, numPairs: 4 };
const drawn = initRestorationNet(random(1), shape, "uniform fan-in");
const base = leaves(prod).map(({ tensor }) => tensor); // filters [3, 3, dIn, k], biases [k]
const ones = base.map(({ rank }) => Number(rank === 4)); // rank 1 everywhere; biases are frozen
const budget = stored(ones, base);
const adapter = (r: number[]) => base.map((W0, i) => start(random(i), W0, r[i]!));
const mergeAt = (factors: Factors, i: number) => merge(base[i]!, factors);
const adapted = (own: Factors[]) => replace(prod, own.map(mergeAt));
type Pairs = [x: tf.Tensor4D, y: tf.Tensor4D]; // degraded and clean, [count, 8, 8, 1]
function pairsOf(name: string, set: LabelledImages, count: number) {
  const clean = imagesAt(set, [...Array(count).keys()]);
  const both = [degraded(clean, tasks[name as keyof typeof tasks], random(count)), clean];
  return both.map(({ images }) => tf.tensor4d(images, [count, 8, 8, 1])) as Pairs;
}
/** dB by which a network's images are nearer to the clean ones than the degraded images are. */
const gain = (net: Net, [x, y]: Pairs) =>
  read(tf.tidy(() => tf.sub(psnr(tf.clipByValue(restore(net, x), 0, 1), y), psnr(x, y))));
async function tune<T extends Parameters>(own: T, net: (own: T) => Net, all: Pairs, rate: number) {
  const loss = (now: T, step: number) => {
    const at = [...random(step).integers(batchSize, pairs)];
    const [x, y] = all.map((images) => tf.gather(images, at)) as Pairs;
    return tf.mean(tf.abs(tf.sub(restore(net(now), x), y))) as tf.Scalar;
  };
  const optimiser = { learningRate: cosine({ learningRate: rate, warmup: 0, steps }) };
  return net((await train({ parameters: own, loss, steps, optimiser, stage: "tune" })).parameters);
}

// %%
const [gains, given, off]: [number[][], number[][], number[]] = [[], [], []]; // by task
for (const name of names) {
  const [x, y] = pairsOf(name, known, pairs);
  const scratch = await tune(drawn, (net) => net, [x, y], 4e-3); // rates: the best on other digits
  const full = await tune(prod, (net) => net, [x, y], 5e-4);
  const L = (net: Net) => tf.sum(tf.squaredDifference(restore(net, x), y)) as tf.Scalar;
  const parts = attributed(prod, full, L, N);
  const sum = tf.sum(tf.stack(parts.map((part) => tf.sum(part))));
  off.push(Math.abs((await read(tf.div(sum, tf.sub(L(prod), L(full))))) - 1));
  const c = parts.map((part, i) => tf.mul(ones[i]!, tf.sum(tf.abs(part))));
  const r = ranks(await Promise.all(c.map(read)), base, budget);
  given.push(r);
  const nets = [noise, prod, scratch, full, await tune(adapter(r), adapted, [x, y], 4e-3)];
  gains.push(await Promise.all(nets.map((net) => gain(net, pairsOf(name, unseen, tests)))));
}
identity("contributions-add-up-to-the-fall", Math.max(...off), { atMost: 0.01 });
const spent = given.map((r) => stored(r, base) / budget);
count("spends-what-rank-1-would", Math.min(...spent), { between: [0.98, 1] });
count("stores-what-ranks-say", countParameters(adapter(ones)) - budget, { exactly: 0 });
count("trains-a-tenth-at-most", budget / countParameters(prod), { atMost: 0.1 });
const [x] = pairsOf(names[0]!, unseen, 2);
const begun = largestDifference(restore(adapted(adapter(ones)), x), restore(prod, x));
identity("starts-as-the-frozen-network", await read(begun), { atMost: 1e-5 });
const { A, B } = { A: random(3).normal([216, 2], 0.1), B: random(4).normal([2, 24], 0.1) };
const [W0, h] = [base[2]!, random(5).normal([2, 8, 8, 24], 1) as tf.Tensor4D];
const conv = (W: tf.Tensor) => unfoldedConv2d(h, { weight: W as tf.Tensor4D });
const beside = tf.add(conv(W0), linear(conv(tf.reshape(A, [3, 3, 24, 2])), B));
const apart = largestDifference(conv(merge(W0, { A, B })), beside);
identity("merged-equals-unmerged", await read(apart), { atMost: 1e-4 });
const over = (a: number, b: number) => gains.map((one) => one[a]! - one[b]!);
ordering("prod-undoes-composites", Math.min(...over(1, 0).slice(-2)), { atLeast: 0.5, unit: "dB" });
ordering("tuning-from-prod-beats-scratch", mean(over(3, 2)), { atLeast: 0.7, unit: "dB" });
ordering("colora-is-close-to-full-tuning", mean(over(4, 3)), { atLeast: -0.3, unit: "dB" });

// %%
const presets = { value: "0.004", good: "0.004", bad: "0.0005" } as const;
const named = { id: "rate", label: "CoLoRA's learning rate on the first task" };
const rate = select({ ...named, options: ["0.0005", "0.004", "0.06"], ...presets });
const [own, test] = [pairsOf(names[0]!, known, pairs), pairsOf(names[0]!, unseen, tests)];
const again = () => tune(adapter(given[0]!), adapted, own, Number(rate));
const first = [...gains[0]!];
if (rate !== "0.004") first[4] = await gain(await again(), test);
const series = names.map((name, i) => ({ name, values: i === 0 ? first : gains[i]! }));
bars(["noise", "PROD", "scratch", "full", "CoLoRA"], series, {
  title: "What each network restores",
  description: "PROD untuned undoes both composites; CoLoRA is level with full tuning.",
  x: { label: "noise, PROD: untuned; scratch, full, CoLoRA: tuned on 32 pairs" },
  y: { label: "gain over the degraded images (dB)" },
});
