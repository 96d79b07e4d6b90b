// %% [markdown]
// ### The problem
// Softmax attention costs time²; **linear attention**, with $\phi(q)^\top\phi(k)$ in the place of
// $\exp(q^\top k)$, does not. But softmax weights are **spiky** (low entropy) and **monotone** in
// $q^\top k$, and those of usual maps $\phi$ are neither. **Hedgehog** *learns* $\phi$, a small matrix
// per head, until the linear weights look like the softmax weights of a trained model.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { causalMask } from "#lab/attention";
import { identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { mobyDick, randomBatch, spacedBatch } from "#lab/dataset/text";
import { curve } from "#lab/figure/curve";
import { crossEntropy, largestDifference, read } from "#lab/metric";
import { mapParameters } from "#lab/parameter";
import { random } from "#lab/random";
import { correlation, mean } from "#lab/statistics";
import { scale, train } from "#lab/training";
import { forward, type ForwardOptions, type LanguageModel, trace } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// With one $W \in \mathbb R^{d_h \times d_h}$ for queries and one for keys, in each head:
// $$
// \phi(x) = [\,\mathrm{softmax}(W x),\ \mathrm{softmax}(-W x)\,] \in \mathbb R^{2 d_h}, \qquad
// \hat a_{ij} = \frac{\phi_q(q_i)^\top \phi_k(k_j)}{\sum_{m \le i} \phi_q(q_i)^\top \phi_k(k_m)}.
// $$
// Each softmax runs over the features of one vector. With two running sums the output takes linear
// time: $S_i = \sum_{j \le i} \phi_k(k_j) v_j^\top$, $z_i = \sum_{j \le i} \phi_k(k_j)$ and
// $o_i = \phi_q(q_i)^\top S_i / \phi_q(q_i)^\top z_i$.

// %%
/** φ(x) for x [batch, heads, time, dHead] and W [heads, dHead, dHead]: [batch, heads, time, 2 dHead]. */
export function featureMap(x: tf.Tensor4D, W: tf.Tensor3D): tf.Tensor4D {
  const Wx = tf.matMul(x, W, false, true); // [batch, heads, time, dHead]
  return tf.concat([tf.softmax(Wx), tf.softmax(tf.neg(Wx))], -1) as tf.Tensor4D;
}

/** Causal weights â [batch, heads, time, time] from φ(q) and φ(k) [batch, heads, time, features]. */
export function linearWeights(phiQ: tf.Tensor4D, phiK: tf.Tensor4D): tf.Tensor4D {
  const seen = tf.exp(causalMask(phiQ.shape[2])); // 1 for j ≤ i, else 0
  const products = tf.mul(tf.matMul(phiQ, phiK, false, true), seen);
  return tf.div(products, tf.add(tf.sum(products, -1, true), 1e-6));
}

/** o [batch, heads, time, dHead] from φ(q), φ(k) and V [batch, heads, time, dHead], in linear time. */
export function linearAttention(phiQ: tf.Tensor4D, phiK: tf.Tensor4D, V: tf.Tensor4D): tf.Tensor4D {
  const outer = tf.mul(tf.expandDims(phiK, -1), tf.expandDims(V, -2)); // φ_k(k_j) v_jᵀ
  const flat = tf.reshape(outer, [...phiK.shape.slice(0, 3), -1]); // [batch, heads, time, ...]
  const S = tf.reshape(tf.cumsum(flat, 2), outer.shape);
  const z = tf.cumsum(phiK, 2);
  const normaliser = tf.add(tf.sum(tf.mul(phiQ, z), -1, true), 1e-6);
  return tf.div(tf.sum(tf.mul(tf.expandDims(phiQ, -1), S), -2), normaliser);
}
const [numHeads, dHead, draw] = [4, 16, random(1)];
const [q, k, V] = [0, 1, 2].map(() => draw.normal([2, numHeads, 12, dHead]) as tf.Tensor4D);
const W = draw.normal([numHeads, dHead, dHead], 0.5) as tf.Tensor3D;
const [phiQ, phiK] = [featureMap(q!, W), featureMap(k!, W)];
const quadratic = tf.matMul(linearWeights(phiQ, phiK), V!);
const apart = await read(largestDifference(linearAttention(phiQ, phiK, V!), quadratic));
identity("linear-equals-quadratic", apart, { atMost: 1e-5, unit: "largest difference" });
const offTwo = await read(tf.max(tf.abs(tf.sub(tf.sum(phiQ, -1), 2))));
identity("features-are-two-distributions", offTwo, { atMost: 1e-5, unit: "away from Σ φ = 2" });

// %% [markdown]
// ### The teacher
// It is a frozen model of characters, four blocks, trained on Moby-Dick. The loss is the cross-entropy
// $-\sum_j a_{ij} \log \hat a_{ij}$ of its weights $a_{ij} = \mathrm{softmax}_{j \le i}(q_i^\top k_j /
// \sqrt{d_h})$ and the linear ones. Every $q$ and $k$ comes from the *softmax* model's own stream.

// %%
/** H(a, â) = -Σ_j a_ij log â_ij in nats, averaged over rows [..., time]; H(a, a) is the entropy. */
export function H(a: tf.Tensor, aHat: tf.Tensor): tf.Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(a, tf.log(tf.add(aHat, 1e-12))), -1)));
}
const model = (await pretrained("tiny-gpt")) as LanguageModel;
type Maps = { query: tf.Tensor3D; key: tf.Tensor3D }[]; // W of each block [heads, dHead, dHead]
/** a and â of all blocks [blocks * batch, heads, time, time], at the softmax model's q and k. */
function bothWeights(maps: Maps, tokens: tf.Tensor2D, phi = featureMap): [tf.Tensor, tf.Tensor] {
  const seen: tf.Tensor4D[] = []; // q, k and a of each block
  const keep = (x: tf.Tensor4D) => void seen.push(tf.keep(tf.clone(x)));
  const hooks = { queries: keep, keys: keep, weights: keep };
  trace(model, tokens, numHeads, { attention: () => ({ hooks }) });
  const aHat = maps.map(({ query, key }, l) =>
    linearWeights(phi(seen[3 * l]!, query), phi(seen[3 * l + 1]!, key)),
  );
  const a = tf.concat(maps.map((_, l) => seen[3 * l + 2]!));
  tf.dispose(seen);
  return [a, tf.concat(aHat)];
}
const text = await mobyDick();
const { steps, time } = scale({ full: { steps: 80, time: 64 }, quick: { steps: 2, time: 8 } });
const eye = () => tf.tile(tf.expandDims(tf.eye(dHead), 0), [numHeads, 1, 1]) as tf.Tensor3D;
const untrained: Maps = model.blocks.map(() => ({ query: eye(), key: eye() }));
const { parameters: trained } = await train({
  parameters: untrained,
  steps,
  stage: "distillation",
  optimiser: { learningRate: () => 2e-2 },
  loss: (maps, step) => {
    const { inputs } = randomBatch(text.train, random(1000 + step), 4, time);
    return H(...bothWeights(maps, inputs));
  },
});

// %% [markdown]
// ### Every block converted
// Against softmax, on held-out text: divergence of the weights, how much flatter they are (entropy),
// how well they keep the order of $q^\top k$ (Spearman's correlation), and the damage to the loss.

// %%
const { inputs, targets } = spacedBatch(text.heldOut, 8, time);
const ranks = (row: number[]) => row.map((x) => row.filter((y) => y < x).length);
async function look(maps: Maps, phi = featureMap) {
  const attention: ForwardOptions["attention"] = (l) => {
    const { query, key } = maps[l - 1]!;
    return { kernel: (Q, K, V) => linearAttention(phi(Q, query), phi(K, key), V) };
  };
  const loss = (given: ForwardOptions) => crossEntropy(forward(model, inputs, 4, given), targets);
  const [numbers, rows] = tf.tidy(() => {
    const late = bothWeights(maps, inputs, phi).map((w) => tf.slice(w, [0, 0, time / 2]));
    const [a, aHat] = late as [tf.Tensor, tf.Tensor];
    const last = tf.reshape(tf.slice(tf.stack(late), [0, 0, 0, time / 2 - 1]), [2, -1, time]);
    return [tf.stack([H(a, a), H(a, aHat), H(aHat, aHat), loss({ attention }), loss({})]), last];
  });
  const [H0, cross, H1, linear, soft] = (await numbers!.array()) as number[];
  const [a, aHat] = (await rows!.array()) as [number[][], number[][]]; // of the last queries
  const order = mean(a.map((row, i) => correlation(ranks(row), ranks(aHat[i]!))));
  return { KL: cross! - H0!, flatter: H1! - H0!, damage: linear! - soft!, order, a, aHat };
}
const elu = await look(untrained, (x) => tf.add(tf.elu(x), 1));
const relu = await look(untrained, (x) => tf.add(tf.relu(x), 1e-6));
const [start, hedgehog] = [await look(untrained), await look(trained)];
ordering("elu-is-flat", elu.flatter, { atLeast: 1, unit: "nats" });
ordering("hedgehog-is-spiky", Math.abs(hedgehog.flatter), { atMost: 0.6, unit: "nats" });
ordering("hedgehog-is-monotone", hedgehog.order, { atLeast: 0.9 });
ordering("more-monotone-than-elu", hedgehog.order - elu.order, { atLeast: 0.1 });
ordering("more-monotone-than-relu", hedgehog.order - relu.order, { atLeast: 0.1 });
ordering("training-brings-the-weights-closer", start.KL / hedgehog.KL, { atLeast: 3, unit: "×" });
ordering("undoes-the-damage-of-elu", 1 - hedgehog.damage / elu.damage, { atLeast: 0.7 });

// %%
const range = { min: 0, max: 2, step: 0.2, value: 1, good: 1, bad: 0 };
const c = slider({ id: "c", label: "Learned W, multiplied by", ...range });
const multiplied = mapParameters(trained, (W) => tf.mul(W, c));
const [, weights] = bothWeights(multiplied, inputs);
const last = tf.reshape(tf.slice(weights, [0, 0, time - 1]), [-1, time]);
const hat = (await last.array()) as number[][];
const row = 8 * numHeads; // the first head of block 2, on the first text
const keys = [...Array(time).keys()].sort((i, j) => elu.a[row]![i]! - elu.a[row]![j]!).slice(-24);
const all = { softmax: elu.a, Hedgehog: hat, "1+ELU": elu.aHat, untrained: start.aHat };
const lines = Object.entries(all).map(([name, a]) => ({ name, y: keys.map((j) => a[row]![j]!) }));
curve(lines, {
  title: "Attention weights of one query",
  description: "Softmax rises to a spike at the right, as Hedgehog does; the others are flat.",
  x: { label: "keys, from low to high q·k" },
  y: { label: "attention weight" },
});
