import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { forward, initLanguageModel } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers, rows } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/dynamic-context-pruning");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/dynamic-context-pruning");
});

test("identities and counts hold at quick scale; orderings are reported", () => {
  expect(claims).toHaveLength(11);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "ordering" ? "reported" : "holds"]);
});

const [batch, time, d, r] = [2, 5, 4, 3];
const [h, Q, K, beta] = [numbers(batch * time * d, 1), numbers(d * r, 2), numbers(d * r, 3), 0.7];

/** s_nj of one sequence, by loops. */
function scores(sequence: number): number[][] {
  const x = rows(h.slice(sequence * time * d, (sequence + 1) * time * d), d);
  const project = (row: number[], W: number[]) =>
    Array.from({ length: r }, (_, f) => row.reduce((sum, value, i) => sum + value * W[i * r + f]!, 0));
  return x.map((xn) =>
    x.map((xj) => {
      const [q, k] = [project(xn, Q), project(xj, K)];
      return q.reduce((sum, value, f) => sum + value * k[f]!, 0) / Math.sqrt(r) + beta;
    }),
  );
}

/** I_kj, decision by decision. */
const products = (p: number[][]): number[][] =>
  p.map((_, k) =>
    p.map((_, j) => {
      let product = 1;
      for (let n = j + 1; n <= k; n++) product *= p[n]![j]!;
      return product;
    }),
  );

test("interaction is (x_n W_Q) · (x_j W_K) / √r + β", async () => {
  const gate = { query: tf.tensor2d(Q, [d, r]), key: tf.tensor2d(K, [d, r]), beta: tf.scalar(beta) };
  const got = core.interaction(tf.tensor3d(h, [batch, time, d]), gate);
  await expectClose(got, [0, 1].flatMap(scores).flat());
});

test("alive multiplies the decisions of the queries after j, up to k", async () => {
  const p = numbers(batch * time * time, 4).map((value) => Math.fround(Math.abs(value) % 1));
  const each = [0, 1].map((b) => rows(p.slice(b * time * time, (b + 1) * time * time), time));
  await expectClose(core.alive(tf.tensor3d(p, [batch, time, time])), each.flatMap(products).flat(), 1e-5);
});

test("one that is dropped stays dropped, whatever comes", async () => {
  const p = tf.tensor3d([0, 0, 0, 0, 1, 1, 0, 1, 1], [1, 3, 3]);
  await expectClose(core.alive(p), [1, 1, 1, 0, 1, 1, 0, 1, 1]);
});

test("with decisions that keep everything, the logits are those of the plain model", async () => {
  const shape = { vocabSize: 5, time, dModel: 8, numHeads: 4, numLayers: 2 };
  const model = initLanguageModel(random(1), shape, 0.5);
  const none = tf.zeros([8, r]) as tf.Tensor2D;
  const gate = { query: none, key: none, beta: tf.scalar(1) };
  const pruned = { model, gates: [gate, gate] };
  const tokens = tf.tensor2d([[0, 1, 2, 3, 4]], [1, time], "int32");
  const { logits, collected } = core.predict(pruned, tokens);
  await expectClose(logits, Array.from(await forward(model, tokens, 4).data()), 1e-5);
  for (const I of collected) await expectClose(I, Array<number>(time * time).fill(1));
});
