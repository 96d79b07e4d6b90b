import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { random } from "#lab/random";
import { initLanguageModel, trace } from "#lab/transformer";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { numbers } from "#tests/lab/reference";

const claims: Claim[] = [];
let core: typeof import("#notebooks/dept");
beforeAll(async () => {
  startNodeSession({ scale: "quick", onClaim: (claim) => claims.push(claim) });
  await startHere("wasm");
  core = await import("#notebooks/dept");
});

test("identities and counts hold at quick scale; orderings are reported", () => {
  expect(claims).toHaveLength(8);
  for (const { id, kind, verdict } of claims)
    expect([id, verdict]).toEqual([id, kind === "ordering" ? "reported" : "holds"]);
});

const [d, time, s, r] = [8, 6, 4, 3];
const model = () =>
  initLanguageModel(random(1), { vocabSize: 16, time, dModel: d, numHeads: 2, numLayers: 1 }, 0.5);

test("what the first block reads is W_i + position + α A B, and the prompt before it", async () => {
  const [A, B, P] = [numbers(s * r, 1), numbers(r * d, 2), numbers(2 * d, 3)];
  const trained = { prompt: tf.tensor2d(P, [2, d]), A: tf.tensor2d(A, [s, r]), B: tf.tensor2d(B, [r, d]) };
  const plain = model();
  const words = [3, 1, 4, 1, 5];
  const [tokens, positions] = await Promise.all([plain.tokens.array(), plain.positions.array()]);
  const expected = words.map((word, t) =>
    Array.from({ length: d }, (_, f) => {
      let sum = tokens[word]![f]! + positions[t]![f]!;
      for (let i = 0; i < r && t < s; i++) sum += 0.5 * A[t * r + i]! * B[i * d + f]!;
      return sum;
    }),
  );
  const { residuals } = trace(
    core.withOffset(plain, trained, 0.5),
    tf.tensor2d([words], [1, 5], "int32"),
    2,
    {
      prompt: trained.prompt,
    },
  );
  await expectClose(residuals[0]!, [...P, ...expected.flat()], 1e-5);
});

test("rankFor is the largest rank within the budget", () => {
  for (const [l, m, s, d] of [
    [100, 40, 256, 768],
    [20, 10, 9, 64],
    [20, 0, 9, 64],
    [20, 20, 9, 64],
  ] as const) {
    const r = core.rankFor(l, m, s, d);
    expect(m * d + (s + d) * r).toBeLessThanOrEqual(l * d);
    expect(m * d + (s + d) * (r + 1)).toBeGreaterThan(l * d);
  }
});

test("starts with words for a prompt, A within ±1/√r, and B at zero; leaves out what has no size", async () => {
  const { prompt, A, B } = core.initDept(random(2), model(), 5, s, r);
  const [rows, table] = await Promise.all([prompt!.array(), model().tokens.array()]);
  for (const row of rows) expect(table.some((word) => String(word) === String(row))).toBe(true);
  const factors = Array.from(await A!.data());
  expect(factors).toHaveLength(s * r);
  expect(Math.max(...factors.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(r));
  expect(new Set(factors).size).toBe(s * r);
  await expectClose(B!, Array<number>(r * d).fill(0));
  expect(Object.keys(core.initDept(random(2), model(), 0, s, r))).toEqual(["A", "B"]);
  expect(Object.keys(core.initDept(random(2), model(), 5, s, 0))).toEqual(["prompt"]);
});
