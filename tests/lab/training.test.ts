import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, test } from "vitest";
import { AdamW, cosine } from "#lab/optimiser";
import type { Progress } from "#lab/session";
import { train } from "#lab/training";
import { expectClose, onEachDevice, startNodeSession } from "./device-case";
import { numbers } from "./reference";

beforeEach(() => startNodeSession());

/** AdamW on plain numbers, from algorithm 2 of Loshchilov & Hutter, with the gradients clipped before it. */
function adamw(
  theta: number[],
  gradients: number[][],
  rates: number[],
  o: { beta1: number; beta2: number; epsilon: number; weightDecay: number; clip: number },
) {
  const [m, v, at] = [theta.map(() => 0), theta.map(() => 0), [...theta]];
  gradients.forEach((raw, step) => {
    const norm = Math.hypot(...raw);
    const g = raw.map((x) => (norm > o.clip ? (x * o.clip) / norm : x));
    for (let i = 0; i < at.length; i++) {
      m[i] = o.beta1 * m[i]! + (1 - o.beta1) * g[i]!;
      v[i] = o.beta2 * v[i]! + (1 - o.beta2) * g[i]! ** 2;
      const mHat = m[i]! / (1 - o.beta1 ** (step + 1));
      const vHat = v[i]! / (1 - o.beta2 ** (step + 1));
      at[i]! -= rates[step]! * (mHat / (Math.sqrt(vHat) + o.epsilon) + o.weightDecay * at[i]!);
    }
  });
  return at;
}

describe("cosine", () => {
  test("rises, then falls to zero", () => {
    const rate = cosine({ learningRate: 2, warmup: 4, steps: 12 });
    expect([0, 1, 3, 4, 8, 12].map(rate)).toEqual([
      0.5,
      1,
      2,
      2,
      expect.closeTo(1, 12),
      expect.closeTo(0, 12),
    ]);
  });
  test("names a warm-up that does not fit", () => {
    expect(() => cosine({ learningRate: 1, warmup: 5, steps: 5 })).toThrow("shorter than 5 steps, got 5");
    expect(() => cosine({ learningRate: 1, warmup: 0.5, steps: 5 })).toThrow("got 0.5");
  });
});

onEachDevice(() => {
  test.each([Infinity, 0.5])("AdamW follows its algorithm, clipped at %d", async (clip) => {
    const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip };
    const theta = numbers(7, 1);
    const gradients = [2, 3, 4, 5].map((seed) => numbers(7, seed));
    const rates = [0.1, 0.05, 0.02, 0.01];
    const parts = (values: number[]) => [
      tf.tensor2d(values.slice(0, 6), [2, 3]),
      tf.tensor1d(values.slice(6)),
    ];
    const before = tf.memory().numTensors;
    const result = await tf.tidy(() => {
      const optimiser = new AdamW(parts(theta), { ...options, learningRate: (step) => rates[step]! });
      let at: tf.Tensor[] = [];
      for (const gradient of gradients) at = optimiser.step(parts(gradient));
      optimiser.dispose();
      return tf.concat(at.map((tensor) => tensor.flatten()));
    });
    await expectClose(result, adamw(theta, gradients, rates, options), 1e-5);
    result.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
  test("AdamW wants a gradient for each parameter", () => {
    const optimiser = new AdamW([tf.ones([2]), tf.ones([3])], { learningRate: () => 1 });
    expect(() => optimiser.step([tf.ones([2])])).toThrow("AdamW: expected 2 gradients, got 1");
  });

  describe("train", () => {
    const target = [1, -2, 3];
    const quadratic = (p: { x: tf.Tensor; y: tf.Tensor[] }) =>
      tf.add(tf.sum(tf.square(tf.sub(p.x, tf.tensor1d(target)))), tf.sum(tf.square(p.y[0]!))) as tf.Scalar;
    const start = () => ({ x: tf.zeros([3]) as tf.Tensor, y: [tf.ones([2, 1]) as tf.Tensor] });
    const optimiser = { learningRate: () => 0.1 };

    test("minimises, tells its progress, and leaves its start alone", async () => {
      const seen: Progress[] = [];
      startNodeSession({ onProgress: (progress) => seen.push(progress) });
      const parameters = start();
      const before = tf.memory().numTensors;
      const trained = await train({ parameters, loss: quadratic, steps: 200, optimiser, stage: "toy" });
      await expectClose(trained.parameters.x, target, 1e-2);
      expect(trained.parameters.y[0]!.shape).toEqual([2, 1]);
      expect(trained.losses[0]).toBe(16);
      expect(trained.losses).toHaveLength(200);
      expect(trained.losses.at(-1)).toBeLessThan(1e-3);
      expect([seen[0], seen.at(-1)]).toEqual([
        { stage: "toy", step: 1, steps: 200 },
        { stage: "toy", step: 200, steps: 200 },
      ]);
      await expectClose(parameters.x, [0, 0, 0], 1e-9);
      expect(tf.memory().numTensors - before).toBe(2);
    });
    test("lets timers run between steps", async () => {
      let ticks = 0;
      const timer = setInterval(() => ticks++, 0);
      const { parameters } = await train({
        parameters: start(),
        loss: quadratic,
        steps: 200,
        optimiser,
        stage: "toy",
      });
      clearInterval(timer);
      tf.dispose([parameters.x, parameters.y]);
      expect(ticks).toBeGreaterThan(3);
    });
    test("stops at the step in which it is aborted, and frees what it made", async () => {
      const abort = new AbortController();
      startNodeSession({
        signal: abort.signal,
        onProgress: ({ step }) => step === 3 && abort.abort(new Error("stopped")),
      });
      const parameters = start();
      const before = tf.memory().numTensors;
      let steps = 0;
      const loss = (p: ReturnType<typeof start>) => (steps++, quadratic(p));
      await expect(train({ parameters, loss, steps: 10, optimiser, stage: "toy" })).rejects.toThrow(
        "stopped",
      );
      expect(steps).toBe(3);
      expect(tf.memory().numTensors).toBe(before);
    });
    test("names the step at which the loss is lost", async () => {
      const loss = (p: ReturnType<typeof start>, step: number) =>
        tf.mul(quadratic(p), step === 2 ? NaN : 1) as tf.Scalar;
      const before = tf.memory().numTensors;
      const parameters = start();
      await expect(train({ parameters, loss, steps: 5, optimiser, stage: "toy" })).rejects.toThrow(
        'train: expected a finite loss, got NaN at step 2 of "toy"',
      );
      tf.dispose([parameters.x, parameters.y]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
