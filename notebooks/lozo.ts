// %% [markdown]
// ### The problem
// Backpropagation keeps every activation. Two forward passes keep none: move all weights along a random
// $Z$, there and back, and the losses' difference is the slope along $Z$ (MeZO). But $Z$ is a full Gaussian,
// though gradients of weight matrices are nearly low-rank, and momentum would be as large as the model.
// **The idea**: move each matrix along $U V^\top$ of rank $r$. $U$ is new at every step, $V$ stays for $\nu$
// steps, so momentum fits into a matrix as small as $U$.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { count, identity, ordering } from "#lab/claim";
import { slider } from "#lab/control";
import { digits, type LabelledImages, randomImages } from "#lab/dataset/digits";
import { spacedBatch, stateOfTheUnion } from "#lab/dataset/text";
import { curve } from "#lab/figure/curve";
import { showLive } from "#lab/figure/live";
import { readMatrix, singularValues } from "#lab/linear-algebra";
import { accuracy, crossEntropy, largestDifference, read } from "#lab/metric";
import { countParameters, leaves, replace } from "#lab/parameter";
import { type Random, random } from "#lab/random";
import { highest, lowest } from "#lab/statistics";
import { scale } from "#lab/training";
import { forward, type LanguageModel } from "#lab/transformer";
import { pretrained } from "#lab/zoo";

// %% [markdown]
// ### The method
// With the loss $F$ of one batch, a matrix $W \in \mathbb R^{m \times n}$, $U \in \mathbb R^{m \times r}$,
// $V \in \mathbb R^{n \times r}$ and **one** number $c$ for the whole network,
// $$
// c = \frac{F(W + \epsilon U V^\top) - F(W - \epsilon U V^\top)}{2 \epsilon}, \qquad
// \hat G = \tfrac1r\, c\, U V^\top, \qquad W \leftarrow W - \eta\, \hat G.
// $$
// LOZO-M has $N \leftarrow \beta N + (1 - \beta)\, c\, U$ in the place of $c\, U$, and $N \leftarrow N\,
// V_{\text{old}}^\top V / n$ when $V$ changes. Without $V$, $U$ is the whole direction: MeZO, and vectors.

// %%
type Loss = (W: tf.Tensor[]) => tf.Scalar;
type State = { W: tf.Tensor[]; N: tf.Tensor[]; V: (tf.Tensor2D | undefined)[] }; // V [n, r] or none
const along = (U: tf.Tensor, V?: tf.Tensor2D): tf.Tensor => (V ? tf.matMul(U, V, false, true) : U);
/** The state after one step along U Vᵀ. */
export function lozoStep(F: Loss, { W, N, V }: State, U: tf.Tensor[], eta: number, beta = 0) {
  const moved = (by: number) => F(W.map((w, i) => tf.add(w, tf.mul(along(U[i]!, V[i]), by))));
  const c = tf.div(tf.sub(moved(1e-3), moved(-1e-3)), 2e-3);
  const next = N.map((n, i) => tf.add(tf.mul(n, beta), tf.mul(U[i]!, tf.mul(c, 1 - beta))));
  const G = next.map((n, i) => tf.div(along(n, V[i]), V[i]?.shape[1] ?? 1));
  return { W: W.map((w, i) => tf.sub(w, tf.mul(G[i]!, eta))), N: next, V };
}
type Settings = { eta: number; rank?: number; period?: number; beta?: number; draw: Random };
/** The state after steps t to `end` - 1, each with a new loss F(); MeZO where no rank is given. */
export function descend(state: State, F: () => Loss, given: Settings, t: number, end: number) {
  const { eta, rank = 0, period = 1, beta, draw } = given;
  for (; t < end; t++) {
    let { W, N, V } = state;
    if (rank && t % period === 0) {
      V = W.map(({ shape: [, n] }) => (n ? draw.normal([n, rank]) : undefined));
      const onto = V.map((v, i) => v && state.V[i] && tf.matMul(state.V[i], v, true)); // Vᵀ V_new
      N = N.map((N, i) => (onto[i] ? tf.div(tf.matMul(N, onto[i]), V[i]!.shape[0]) : N));
    }
    const U = W.map(({ shape }, i) => draw.normal(V[i] ? [shape[0]!, rank] : shape));
    state = lozoStep(F(), { W, N, V }, U, eta, beta);
  }
  return state;
}
export const begin = (...W: tf.Tensor[]): State => ({ W, N: W.map(() => tf.scalar(0)), V: [] });

// %% [markdown]
// ### Gradients are nearly low-rank
// Stable ranks $\lVert G \rVert_F^2 / \lVert G \rVert_2^2$: those of a character transformer's gradients on a
// new text, and those of Gaussian matrices of the same shapes.

// %%
const [rows, steps] = [scale({ full: 32, quick: 1 }), scale({ full: 3000, quick: 1 })];
const gpt = (await pretrained("tiny-gpt")) as LanguageModel;
const { inputs, targets } = spacedBatch((await stateOfTheUnion()).train, rows, 48);
const blocks = (W: tf.Tensor[]) => ({ ...gpt, blocks: replace(gpt.blocks, W) });
const loss = (...W: tf.Tensor[]) => crossEntropy(forward(blocks(W), inputs, 4), targets);
const gradients = tf.grads(loss)(leaves(gpt.blocks).map(({ tensor }) => tensor));
const spectrum = async (M: tf.Tensor) => singularValues(await readMatrix(M as tf.Tensor2D)).S;
const stableRank = async (M: tf.Tensor) =>
  (await spectrum(M)).reduce((sum, value, _, S) => sum + (value / S[0]!) ** 2, 0);
const matrices = gradients.filter((g) => g.rank === 2);
const ours = await Promise.all(matrices.map(stableRank));
const noise = await Promise.all(matrices.map(({ shape }) => stableRank(random(0).normal(shape))));
ordering("gradients-are-nearly-low-rank", Math.max(...ours), { atMost: 10 });
ordering("gaussian-matrices-are-not", Math.min(...noise), { atLeast: 12 });

// %% [markdown]
// ### Exactly so
// The mean of $\hat G$ over all signs of $U$ and $V$ is $G$, here all ones. A period of LOZO is MeZO on $B$ in $W + B V^\top$:
// it moves $W$ within rank $r$, two periods within $2r$. The network reads digits; 64, 32 and 10 units.

// %%
const signs = [0, 1, 2, 3].map((bits) => [1 - (bits & 2), 1 - 2 * (bits & 1)]);
const estimate = (U: number[][], v: number[], at = begin(tf.zeros([2, 1]))) =>
  lozoStep(([W]) => tf.sum(W!), { ...at, V: [tf.tensor2d([v])] }, [tf.tensor2d(U)], -1).W[0]!;
const each = signs.flatMap((a) => signs.flatMap((b) => signs.map((v) => estimate([a, b], v))));
const bias = await read(largestDifference(tf.mean(tf.stack(each), 0), tf.ones([2, 1])));
identity("estimate-is-unbiased", bias, { atMost: 1e-5 });
const { train, test } = await digits({ side: 8 });
const weights = (draw: Random) => [draw.normal([32, 64], 0.07), draw.normal([10, 32], 0.1)];
const logits = ([W1, W2]: tf.Tensor[], { images, count }: LabelledImages) => {
  const ink = tf.div(tf.sub(tf.tensor2d(images, [count, 64]), 0.17), 0.3); // mean 0, deviation 1
  return tf.matMul(tf.relu(tf.matMul(ink, W1!, false, true)), W2!, false, true);
};
const labels = (set: LabelledImages) => tf.tensor1d(set.labels, "int32");
const on = (set: LabelledImages) => (W: tf.Tensor[]) => crossEntropy(logits(W, set), labels(set));
const [F, W0, twin] = [() => on(test), weights(random(0)), random(1)];
const lozo = { eta: 2e-3, rank: 2, period: 5, draw: random(1) };
const one = descend(begin(...W0), F, lozo, 0, 5);
const V = W0.map(({ shape }) => twin.normal([shape[1]!, 2]));
const at = (B: tf.Tensor[]) => B.map((b, i) => tf.add(W0[i]!, along(b, V[i] as tf.Tensor2D)));
const B0 = begin(tf.zeros([32, 2]), tf.zeros([10, 2]));
const inB = descend(B0, () => (B) => on(test)(at(B)), { eta: 2e-3 / 2, draw: twin }, 0, 5);
const apart = await read(largestDifference(one.W[0]!, at(inB.W)[0]!));
identity("a-period-is-mezo-on-b", apart, { atMost: 1e-4 });
const S = await spectrum(tf.sub(descend(one, F, lozo, 5, 10).W[0]!, W0[0]!));
count("two-periods-have-rank-2r", S.filter((s) => s > 1e-3 * S[0]!).length, { exactly: 4 });

// %%
const methods = [
  { name: "MeZO", eta: 2e-3 },
  { name: "LOZO", eta: 2e-3, rank: 2, period: 10 },
  { name: "LOZO-M", eta: 2e-3, rank: 2, period: 50, beta: 0.9 },
];
const description = "Loss on all training digits, seed 0: a curve for each method.";
const axes = { x: { label: "forward passes (hundreds)" }, y: { label: "loss (nats)", log: true } };
/** Each method's run from the same weights on the same batches, and its training loss. */
async function learn(title: string, arms: typeof methods, seed: number, end: number) {
  const state = begin(...weights(random(100 + seed)));
  const y = [await read(on(train)(state.W))];
  const runs = arms.map((arm) => ({ ...arm, draw: random(seed), state, y: [...y] }));
  const every = Math.ceil(steps / 60);
  for (let t = 0; t < end; t += every) {
    for (const run of runs) {
      const batches = random(1e6 * (seed + 1) + t);
      const batch = () => on(randomImages(train, batches, 128));
      run.state = tf.tidy(() => descend(run.state, batch, run, t, t + every));
      run.y.push(await read(tf.tidy(() => on(train)(run.state.W))));
    }
    showLive(() => curve(runs, { title, description, ...axes }));
  }
  return { runs, figure: curve(runs, { title, description, ...axes }) };
}
const all = [];
for (const seed of [0, 1]) all.push(await learn("Loss by forward passes", methods, seed, steps));
const ratios = all.map(({ runs: [mezo, lozo] }) => lozo!.y.at(-1)! / mezo!.y.at(-1)!);
const right = all.map(({ runs }) => read(accuracy(logits(runs[1]!.state.W, test), labels(test))));
const [mezo, , lozoM] = all[0]!.runs.map(({ state }) => countParameters(state.N));
ordering("on-par-with-mezo", highest(ratios), { atMost: 1.1 });
ordering("learns", lowest(await Promise.all(right)), { atLeast: 0.6 });
count("momentum-is-small", lozoM!, { exactly: 2 * (32 + 10) });
count("momentum-is-a-tenth", lozoM! / mezo!, { atMost: 0.1, unit: "× MeZO's" });
all[0]!.figure;

// %%
const presets = { min: 1, max: 10, step: 1, value: 4, good: 2, bad: 10 };
const faster = slider({ id: "eta", label: "Step size η", unit: "thousandths", ...presets });
const some = methods.map((method) => ({ ...method, eta: faster / 1000 }));
(await learn("The same with another step size", some, 0, steps / 4)).figure;
