// %% [markdown]
// ### The problem
// Dozens of methods tune a large model by training a few numbers, each reported on tasks of its own. **The idea:**
// sort them by *what* is changed, and let one of each kind meet: same model, task, data, steps and head, each at
// the learning rate that suits it. Here a character model that read Moby-Dick learns to tell spam from ham.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { initLowRank, type LowRank, lowRank } from "#lab/adapter";
import { compete } from "#lab/arena/competition";
import { type Changed, contender, type Entry } from "#lab/arena/contender";
import { numHeads, ringOf } from "#lab/arena/ring";
import type { Hook } from "#lab/attention";
import { count, identity, ordering } from "#lab/claim";
import { select } from "#lab/control";
import { rates, reviewed, techniques } from "#lab/entries";
import { type Factors, hooked, initFactors, split } from "#lab/entry/hooked-block";
import { scatter } from "#lab/figure/scatter";
import { table } from "#lab/figure/table";
import { gelu, linear } from "#lab/layer";
import { largestDifference, read } from "#lab/metric";
import { countParameters, flatten, mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { mean } from "#lab/statistics";
import { scale } from "#lab/training";
import { forward } from "#lab/transformer";

// %% [markdown]
// ### The methods
// *Added*: **adapters** $h \leftarrow h + \mathrm{GELU}(h W_{down}) W_{up}$ after both sub-layers, before the residual
// sum; a **prefix** of keys and values in every layer; a **prompt** before the input. *Part of what is there*: the
// biases (**BitFit**). *Reparameterised*: **LoRA**, $W + \tfrac{\alpha}{r} A B$ for queries and values. *Rescaled*:
// **(IA)³**, factors of keys, values and hidden features. Two of them in full, which start at the model itself:

// %%
/** Adapters of width m; W_down and W_up are A and B, and B = 0 at first. */
export function adapter(m: number): Entry {
  return (model, draw) => {
    const one = () => initFactors(model, draw, m);
    const all = model.blocks.map(() => ({ attention: one(), feedForward: one() }));
    const through = (y: tf.Tensor, { A, B }: Factors) => tf.add(y, linear(gelu(linear(y, A)), B));
    return contender(all, (all) => {
      return { model, options: hooked((l) => ({ after: (y, part) => through(y, all[l]![part]) })) };
    });
  };
}
/** LoRA on queries and values, beside the weights W x + (α / r) B A x, or merged into them. */
export function lora(rank: number, alpha = rank): Entry {
  return (model, draw) => {
    const start = initLowRank(draw, model, "blocks.*.attention.{query,value}", { rank });
    const beside = (now: LowRank, l: number) => (h: tf.Tensor) => {
      const add = (name: string): Hook => {
        const { A, B } = now[`blocks.${l}.attention.${name}`]!; // [r, dModel], [dModel, r]
        const change = linear(linear(h, tf.transpose(A)), tf.transpose(B));
        return (heads) => tf.add(heads, split(tf.mul(alpha / rank, change)));
      };
      return { hooks: { queries: add("query"), values: add("value") } };
    };
    const changed = (now: LowRank) => hooked((l) => ({ attention: beside(now, l) }));
    const merged = (now: LowRank) => lowRank(model, now, { alpha });
    return contender(start, (now) => ({ model, options: changed(now) }), { merged });
  };
}
export const methods: Record<string, Entry> = { ...reviewed, adapter: adapter(8), LoRA: lora(4) };

// %% [markdown]
// ### The arena
// 100 steps on eight mails of 48 characters; all train a head at 0.01, and what is theirs by Adam at the rate that
// won on other mails. Forgetting is the rise of the loss on Moby-Dick. The arena's own page has all entries, with
// three seeds each.

// %%
const size = { steps: 100, batchSize: 8, time: 48, validated: 120, tested: 400 };
const little = { steps: 1, batchSize: 1, time: 8, validated: 2, tested: 2 };
const ring = await ringOf(scale({ full: size, quick: little }));
const runs: Record<string, Awaited<ReturnType<typeof compete>>> = {};
const run = async (name: string) => {
  const enter = methods[name] ?? techniques[name]!.enter;
  return (runs[name] ??= await compete(ring, name, enter, { rate: rates[name]!, seed: 1 }));
};
for (const name of ["head only", "full", "adapter", "LoRA", "prefix", "prompt"]) await run(name);
const score = (name: string) => runs[name]!.accuracy;
const [best, small] = [Math.max(score("LoRA"), score("adapter")), runs.adapter!.trained];
ordering("comes-close-to-full-tuning", score("full") - best, { atMost: 0.04 });
count("trains-few-numbers", small / runs.full!.trained, { atMost: 0.06 });
const four = ["adapter", "LoRA", "prefix", "prompt"].map(score);
ordering("none-falls-below-the-head", Math.min(...four) - score("head only"), { atLeast: -0.005 });
const lead = mean(four.slice(0, 2)) - mean(four.slice(2));
ordering("soft-prompts-are-weaker", lead, { atLeast: 0.015 });
const points = Object.entries(runs).map(([label, { trained, accuracy }]) => ({
  ...{ label, x: trained, y: accuracy },
}));
scatter([{ name: "a method", points }], {
  title: "Accuracy against numbers trained",
  description:
    "One point for each method; the fewer numbers and the higher the accuracy, the better.",
  x: { label: "numbers trained (log scale)", log: true },
  y: { label: "accuracy on 400 mails" },
  better: { x: "low", y: "high" },
});

// %%
const options = Object.keys(rates);
const ends = { value: "LoRA", good: "LoRA", bad: "LOZO" };
const first = select({ id: "first", label: "One", options, ...ends });
const others = { value: "prompt", good: "S²FT", bad: "prompt" };
const second = select({ id: "second", label: "Against", options, ...others });
const rows = [];
for (const name of [first, second]) {
  const { trained, flops, bytes, accuracy, forgetting } = await run(name);
  const costs = [trained, (flops / 1e9).toFixed(1), (bytes / 1e6).toFixed(1)];
  rows.push([name, ...costs, accuracy.toFixed(3), forgetting.toFixed(3)]);
}
const columns = ["method", "numbers", "GFLOPs", "MB held", "accuracy", "forgetting (nats)"];
table("Head to head", columns, rows);

// %% [markdown]
// ### Checks
// What is frozen stays; what starts at the model starts there; LoRA and (IA)³ merge; the counts are the formulas.

// %%
const { model } = ring;
const [L, d, f] = [model.blocks.length, 64, 256];
const begin = (enter: Entry) => enter(model, random(2));
const numbers = (name: string) => countParameters(begin(methods[name]!).parameters);
const formulas = {
  ...{ adapter: 2 * L * 2 * d * 8, LoRA: L * 2 * 2 * d * 4, BitFit: L * (7 * d + f) },
  ...{ "(IA)³": L * (2 * d + f), prefix: L * 2 * 8 * d, prompt: 8 * d },
};
const wrong = Object.entries(formulas).map(([name, formula]) => Math.abs(numbers(name) - formula));
count("counts-are-the-formulas", Math.max(...wrong), { exactly: 0 });
const order = ["prompt", "(IA)³", "BitFit", "LoRA", "adapter"].map((name) => 12 * numbers(name));
const falls = order.filter((bytes, i) => i > 0 && bytes <= order[i - 1]!).length;
count("optimiser-bytes-are-in-order", falls, { exactly: 0 });
const tokens = tf.tensor2d(random(3).integers(24, 95), [2, 12], "int32");
const logits = ({ model, options }: Changed) => forward(model, tokens, numHeads, options);
const start = (name: string) => {
  const { parameters, changed } = begin(methods[name]!);
  return read(largestDifference(logits(changed(parameters)), logits({ model })));
};
const same = await Promise.all(["adapter", "LoRA", "BitFit", "(IA)³"].map(start));
identity("starts-at-the-model", Math.max(...same), { atMost: 1e-5, unit: "in a logit" });
const other = await Promise.all(["prefix", "prompt"].map(start));
identity("soft-prompts-do-not", Math.min(...other), { atLeast: 1e-3, unit: "in a logit" });
const weights: Record<string, tf.Tensor> = flatten((await ringOf(size)).model); // loaded anew
const moved = ["adapter", "LoRA", "prefix", "prompt"].flatMap((name) =>
  Object.entries(flatten(runs[name]!.result.model)).map(([path, W]) =>
    largestDifference(W, weights[path]!),
  ),
);
count("frozen-weights-stay", await read(tf.max(tf.stack(moved))), { exactly: 0 });
const merging = async (enter: Entry) => {
  const { parameters, changed, merged } = begin(enter);
  const wild = mapParameters(parameters, (t) => random(t.size).normal(t.shape, 0.3));
  return read(largestDifference(logits(changed(wild)), logits({ model: merged!(wild) })));
};
identity("lora-merges", await merging(lora(4, 8)), { atMost: 1e-4, unit: "in a logit" });
identity("ia3-merges", await merging(reviewed["(IA)³"]), { atMost: 1e-4, unit: "in a logit" });
