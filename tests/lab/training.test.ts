import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, test } from "vitest";
import { AdamW, constant, cosine, linearDecay } from "#lab/optimiser";
import type { Progress } from "#lab/session";
import { Sgd } from "#lab/sgd";
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

describe("linearDecay and constant", () => {
  test("rise, then fall to zero in a line, or stay", () => {
    const rate = linearDecay({ learningRate: 2, warmup: 4, steps: 12 });
    expect([0, 1, 3, 4, 8, 12].map(rate)).toEqual([0.5, 1, 2, 2, 1, 0]);
    expect(linearDecay({ learningRate: 3, warmup: 0, steps: 2 })(0)).toBe(3);
    expect([0, 9].map(constant(0.5))).toEqual([0.5, 0.5]);
    expect(() => linearDecay({ learningRate: 1, warmup: 5, steps: 5 })).toThrow(
      "linearDecay: expected a whole warm-up",
    );
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

  describe("treatments", () => {
    const [theta, gradients] = [numbers(6, 1), [2, 3, 4].map((seed) => numbers(6, seed))];
    const treatments = () => [{ learningRate: 0.5, weightDecay: 0.2 }, { mask: tf.tensor1d([1, 0, 1]) }];
    const parts = (values: number[]) => [tf.tensor1d(values.slice(0, 3)), tf.tensor1d(values.slice(3))];
    const run = (optimiser: AdamW | Sgd) => {
      let at: tf.Tensor[] = [];
      for (const gradient of gradients) at = optimiser.step(parts(gradient));
      optimiser.dispose();
      return tf.concat(at.map((tensor) => tensor.flatten()));
    };
    test("AdamW gives each tensor its own rate, decay and mask", async () => {
      const given = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: Infinity };
      const before = tf.memory().numTensors;
      const got = await tf.tidy(() =>
        run(new AdamW(parts(theta), { ...given, learningRate: () => 0.1 }, treatments())),
      );
      const first = adamw(theta, gradients, [0.05, 0.05, 0.05], { ...given, weightDecay: 0.2 });
      const second = adamw(theta, gradients, [0.1, 0.1, 0.1], given);
      await expectClose(got, [...first.slice(0, 3), second[3]!, theta[4]!, second[5]!]);
      expect((await got.data())[4]).toBe(theta[4]);
      got.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
    test("AdamW clips the norm of what is trained", async () => {
      const given = { beta1: 0.9, beta2: 0.95, epsilon: 0.1, weightDecay: 0, clip: 0.5 };
      const masks = [{ mask: tf.tensor1d([1, 1, 1]) }, { mask: tf.tensor1d([0, 0, 0]) }];
      const got = run(new AdamW(parts(theta), { ...given, learningRate: () => 0.1 }, masks));
      const held = gradients.map((gradient) => [...gradient.slice(0, 3), 0, 0, 0]);
      await expectClose(got, adamw(theta, held, [0.1, 0.1, 0.1], given));
    });
    test("Sgd follows its equation", async () => {
      const expected = theta.map((start, i) => {
        let [at, velocity] = [start, 0];
        for (const gradient of gradients) {
          velocity = 0.8 * velocity + (i === 4 ? 0 : gradient[i]! + (i < 3 ? 0.2 * at : 0));
          at -= (i < 3 ? 0.05 : 0.1) * velocity;
        }
        return at;
      });
      const before = tf.memory().numTensors;
      const got = await tf.tidy(() =>
        run(new Sgd(parts(theta), { learningRate: constant(0.1), momentum: 0.8 }, treatments())),
      );
      await expectClose(got, expected);
      got.dispose();
      expect(tf.memory().numTensors).toBe(before);
      const plain = run(new Sgd(parts(theta), { learningRate: constant(0.1), momentum: 0 }));
      await expectClose(
        plain,
        theta.map((at, i) => at - 0.1 * gradients.reduce((sum, gradient) => sum + gradient[i]!, 0)),
      );
    });
    test("names what does not fit", () => {
      const options = { learningRate: constant(1) };
      expect(() => new AdamW(parts(theta), options, [{}])).toThrow(
        "treatments: expected 2, one for each tensor, got 1",
      );
      expect(() => new AdamW(parts(theta), options, [{}, { mask: tf.ones([2]) }])).toThrow(
        "expected a mask of shape [3], got shape [2]",
      );
      const sgd = new Sgd(parts(theta), { ...options, momentum: 0 });
      expect(() => sgd.step([tf.ones([3])])).toThrow("Sgd: expected 2 gradients, got 1");
    });
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
        { stage: "toy", step: 1, steps: 200, loss: 16 },
        { stage: "toy", step: 200, steps: 200, loss: trained.losses.at(-1) },
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
    test("leaves alone what it is not told to train", async () => {
      const parameters = start();
      const before = tf.memory().numTensors;
      const seen: number[] = [];
      const loss = (p: ReturnType<typeof start>) => (seen.push(Object.keys(p).length), quadratic(p));
      const given = { parameters, loss, steps: 3, optimiser, stage: "toy" };
      const trained = await train({ ...given, trains: "x" });
      await expectClose(trained.parameters.y[0]!, [1, 1], 1e-12);
      expect((await trained.parameters.x.data())[0]).toBeGreaterThan(0.2);
      tf.dispose([trained.parameters.x, trained.parameters.y]);
      await expectClose(parameters.y[0]!, [1, 1], 1e-12); // its own, still there
      expect(tf.memory().numTensors).toBe(before);
      expect(seen).toEqual([2, 2, 2]);
      await expect(train({ ...given, trains: "z" })).rejects.toThrow(
        "leaves that fit z, got none among x, y.0",
      );
    });
    test("treats leaves as told, and descends by its gradient with momentum", async () => {
      const sgd = { learningRate: constant(0.1), momentum: 0 };
      const treatment = (path: string) => ({ learningRate: path === "x" ? 1 : 0.5 });
      const given = { parameters: start(), loss: quadratic, steps: 1, optimiser: sgd, stage: "toy" };
      const { parameters } = await train({ ...given, treatment });
      await expectClose(parameters.x, [0.2, -0.4, 0.6]);
      await expectClose(parameters.y[0]!, [0.9, 0.9]);
    });
    test("stops when what is held out gets no better, with the best parameters", async () => {
      const parameters = start();
      const before = tf.memory().numTensors;
      const measured = [5, 4, 4.5, 3, 3, 3.5, 9, 9];
      const snapshots: number[] = [];
      const measure = async (p: ReturnType<typeof start>) => {
        snapshots.push((await p.x.data())[0]!);
        return measured[snapshots.length - 1]!;
      };
      const trained = await train({
        parameters,
        loss: quadratic,
        steps: 100,
        optimiser,
        stage: "toy",
        earlyStop: { measure, every: 2, patience: 2 },
      });
      expect(trained.heldOut).toEqual(
        [5, 4, 4.5, 3, 3, 3.5, 9].map((value, i) => ({ step: 2 * i + 2, value })),
      );
      expect(trained.losses).toHaveLength(14);
      expect((await trained.parameters.x.data())[0]).toBe(snapshots[3]);
      tf.dispose([trained.parameters.x, trained.parameters.y]);
      expect(tf.memory().numTensors).toBe(before);
      const never = { measure, every: 200, patience: 1 };
      const given = { parameters, loss: quadratic, steps: 100, optimiser, stage: "toy" };
      await expect(train({ ...given, earlyStop: never })).rejects.toThrow("every 1 to 100 steps");
    });
  });
});
