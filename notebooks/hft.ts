// %% [markdown]
// ### The problem
// Every round of fine-tuning overwrites a part of what the model knew.
//
// ### The idea
// Put a random half of a tuned model's matrices back to what they were: much of the old comes back,
// and the new stays. So tune only half in the first place. In each round, **half fine-tuning** (HFT)
// draws half of the matrices of every kind, freezes the others, and draws anew for the next round.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { mail } from "#lab/dataset/mail";
import { encode, mobyDick, randomBatch, spacedBatch, stateOfTheUnion } from "#lab/dataset/text";
import { curve } from "#lab/figure/curve";
import { crossEntropy, read } from "#lab/metric";
import { constant } from "#lab/optimiser";
import { flatten, leaves, mapParameters } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { average, highest, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// In each round the weights $\theta$ are split into trained $\vartheta$ and frozen $\psi$, and
// $$\vartheta^t = \vartheta^{t-1} - \eta\,\nabla_\vartheta \mathcal L(\theta^{t-1}), \qquad \psi^t = \psi^{t-1}.$$
// In every block: two of $W_Q, W_K, W_V, W_O$, one of the two feed-forward matrices, one of the two
// norms. Embeddings and head are always trained. With $M$ the mask of $\vartheta$, HFT keeps
// $\lVert (I - M)(\theta - \theta^0) \rVert^2 = 0$ within a round.

// %%
/** Whether the weight at a path is trained. */
export type Trained = (path: string) => boolean;

/** A new M: of each category a share in every block, at random, and all outside the blocks. */
export function draw(random: Random, numLayers: number, share = 0.5): Trained {
  const attention = ["query", "key", "value", "output"].map((name) => `attention.${name}.`);
  const feedForward = ["feedForward.hidden.", "feedForward.output."];
  const categories = [attention, feedForward, ["norm1.", "norm2."]];
  const some = (names: string[]) => random.shuffle(names).slice(0, share * names.length);
  const chosen = Array.from({ length: numLayers }, () => categories.flatMap(some));
  return (path) => {
    const [, l, name] = /^blocks\.(\d+)\.(.*)/.exec(`${path}.`) ?? [];
    return !name || chosen[Number(l)]!.some((one) => name.startsWith(one));
  };
}
/** ‖(I - M)(θ - θ⁰)‖²: how far the frozen weights have moved. */
export function moved(theta: LanguageModel, theta0: LanguageModel, M: Trained): tf.Tensor {
  const [now, before] = [flatten(theta), flatten(theta0)];
  const frozen = Object.keys(now).filter((path) => !M(path));
  const squares = frozen.map((path) => tf.sum(tf.squaredDifference(now[path]!, before[path]!)));
  return squares.reduce((sum, one) => tf.add(sum, one), tf.scalar(0));
}
/** M θ + (I - M) θ⁰: all that M leaves out, put back. */
export function reset(theta: LanguageModel, theta0: LanguageModel, M: Trained): LanguageModel {
  return mapParameters(theta, (tensor, path) => (M(path) ? tensor : flatten(theta0)[path]!));
}

// %% [markdown]
// ### Two rounds
// `tiny-gpt` knows Moby-Dick. It learns State of the Union addresses, and then e-mails; full
// fine-tuning (FFT) and HFT from the same batches, at the same learning rate.

// %%
const { seeds, steps, batchSize, time } = scale({
  full: { seeds: [0, 1], steps: 40, batchSize: 8, time: 48 },
  quick: { seeds: [0], steps: 1, batchSize: 1, time: 8 },
});
const base = (await pretrained("tiny-gpt")) as LanguageModel;
const mails = await mail();
const tokens = (some: typeof mails.train) => encode(some.map(({ text }) => text).join("\n"));
const emails = { train: tokens(mails.train), heldOut: tokens(mails.test) };
const domains = [await mobyDick(), await stateOfTheUnion(), emails];
const heldOut = domains.map((text) => spacedBatch(text.heldOut, 6 * batchSize, time));
const loss = (model: LanguageModel, { inputs, targets }: (typeof heldOut)[0]) =>
  tf.tidy(() => crossEntropy(forward(model, inputs, 4), targets)); // nats per character
const losses = (model: LanguageModel) =>
  Promise.all(heldOut.map((batch) => read(loss(model, batch))));

async function tune(share: number, seed: number) {
  const [choices, optimiser] = [random(seed), { learningRate: constant(1e-3) }];
  const run = { theta: base, losses: [await losses(base)], masks: [] as Trained[], moved: 0 };
  for (const [round, text] of domains.slice(1).entries()) {
    const trains = draw(choices, base.blocks.length, share);
    const places = (step: number) => random(1000 * (2 * seed + round) + step);
    const descend = (model: LanguageModel, step: number) =>
      loss(model, randomBatch(text.train, places(step), batchSize, time));
    const how = { steps, optimiser, trains, stage: `${share < 1 ? "HFT" : "FFT"}, seed ${seed}` };
    // What M leaves out, ψ, is neither differentiated nor given to the optimiser.
    const { parameters } = await train({ ...how, parameters: run.theta, loss: descend });
    run.moved += await read(moved(parameters, run.theta, trains));
    run.masks.push(trains);
    run.losses.push(await losses((run.theta = parameters)));
  }
  return run;
}
type Run = Awaited<ReturnType<typeof tune>>;
const [fft, hft]: [Run[], Run[]] = [[], []];
for (const seed of seeds) {
  fft.push(await tune(1, seed));
  hft.push(await tune(0.5, seed));
}
const isMatrix: Trained = (path) => /attention|feedForward/.test(path);
const sizes = leaves(base).filter(({ path }) => isMatrix(path));
const size = (M: Trained) =>
  sizes.reduce((sum, { path, tensor }) => sum + (M(path) ? tensor.size : 0), 0);
const [M, all] = [hft[0]!.masks[0]!, size(isMatrix)];
count("trains-half-of-the-matrices", size(M) - all / 2, { exactly: 0, unit: "numbers" });
identity("the-frozen-half-does-not-move", highest(hft.map((run) => run.moved)), { exactly: 0 });
const never = hft.map(({ masks }) => size((path) => !masks.some((M) => M(path))) / all);
count("two-draws-leave-some-out", average(never), { between: [0.1, 0.45], unit: "of all" });
const cost = (M: Trained) => 2 * all + 2 * all + 2 * size(M); // FLOPs per token: y, ∂L/∂x, ∂L/∂W
count("a-step-costs-five-sixths", 6 * cost(M) - 5 * cost(isMatrix), { exactly: 0, unit: "FLOPs" });

/** By how much the loss on a text (by number) rises between two rounds, for each seed. */
const rises = (runs: { losses: number[][] }[], text: number, from: number, to: number) =>
  runs.map(({ losses }) => losses[to]![text]! - losses[from]![text]!);
const over = (a: number[], b: number[]) => a.map((value, i) => value / b[i]!);
const less = (text: number, round: number) =>
  mean(rises(fft, text, 0, round)) - mean(rises(hft, text, 0, round));
const unit = "nats per character";
ordering("forgets-less-in-round-1", less(0, 1), { atLeast: 0.03, unit });
ordering("forgets-less-in-round-2", less(0, 2), { atLeast: 0.03, unit });
ordering("keeps-more-of-round-1", less(1, 2), { atLeast: 0, unit });
ordering("learns-round-1-as-well", less(1, 1), { atLeast: -0.02, unit });
const gains = over(rises(hft, 2, 1, 2), rises(fft, 2, 1, 2));
ordering("learns-round-2-as-well", average(gains), { atLeast: 0.85, unit: "× FFT" });

// %% [markdown]
// ### Half put back
// After FFT, a random half of each category goes back to what it was before both rounds.

// %%
const back: { losses: number[][] }[] = []; // with a round 3
for (const [seed, { theta, losses: rounds }] of fft.entries())
  back.push({ losses: [...rounds, await losses(reset(theta, base, draw(random(100 + seed), 4)))] });
const regained = over(rises(back, 0, 3, 2), rises(fft, 0, 0, 2));
ordering("half-back-regains-the-old", average(regained), { atLeast: 0.25, unit: "of the rise" });
const spared = over(rises(back, 2, 1, 3), rises(fft, 2, 1, 2));
ordering("half-back-spares-the-new", average(spared), { atLeast: 0.6, unit: "of the gain" });
const range = { min: 0, max: 1, step: 0.25, value: 0.5, good: 0.5, bad: 1 };
const share = slider({ id: "kept", label: "Share of FFT that is kept", ...range });
const put = await losses(reset(fft[0]!.theta, base, draw(random(100), 4, share)));
const y = (rounds: number[][], text: number) => rounds.map((at) => at[text]! - rounds[0]![text]!);
const lines = ["Moby-Dick", "State of the Union", "e-mails"].flatMap((name, colour) => [
  { name: `${name}, HFT`, y: y(hft[0]!.losses, colour), colour },
  { name: `${name}, FFT`, y: y([...fft[0]!.losses, put], colour), colour, dashed: true },
]);
curve(lines, {
  title: "What two rounds do to three texts",
  description: "Moby-Dick rises less under HFT than under FFT, and falls when half is put back.",
  x: { label: "rounds (at 3: FFT with a share put back)" },
  y: { label: "rise of the loss (nats per char.)" },
});
