import * as tf from "@tensorflow/tfjs-core";
import { sceneClasses, type SceneOptions, scenes } from "#lab/dataset/scenes";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { meanIntersectionOverUnion } from "#lab/segmentation";
import { train } from "#lab/training";
import { initVisionTransformer, type VisionTransformer } from "#lab/vit";
import { linearSegmentation } from "#zoo/linear-segmentation";
import type { Recipe } from "#zoo/recipe";
import { foundClasses, sceneLoss, sceneMaps, sceneScore } from "#zoo/scene-segmentation";

const classes = sceneClasses.length;
const shape = {
  imageSize: 32,
  channels: 1,
  patchSize: 2,
  dModel: 40,
  numLayers: 5,
  classes: 2 ** 2 * classes,
  pooling: "mean",
} as const;
const sizes = { patchSize: shape.patchSize, numHeads: 4 };
const seed = 0;
const steps = 400;
const batchSize = 8;
const learningRate = 3e-3;
const tuning = { steps: 30, batchSize: 8, learningRate: 1e-3, scenes: { objects: 5, noise: 0.3 } };

const start = () => initVisionTransformer(random(seed), shape, "uniform fan-in");
const testScenes = (options?: SceneOptions) => scenes(random(77), 100, options);

/** Training on as many scenes as it takes: each step draws its own. */
function learn(
  from: VisionTransformer,
  given: {
    steps: number;
    batchSize: number;
    learningRate: number;
    warmup: number;
    stage: string;
    first: number;
  },
  options?: SceneOptions,
) {
  return train({
    parameters: from,
    steps: given.steps,
    stage: given.stage,
    optimiser: { learningRate: cosine(given), beta2: 0.95, weightDecay: 0.05, clip: 1 },
    loss: (model, step) =>
      sceneLoss(model, scenes(random(given.first + step), given.batchSize, options), sizes),
  });
}

async function scoreAfterTuning(from: VisionTransformer): Promise<number> {
  const { parameters } = await learn(
    from,
    { ...tuning, warmup: 5, stage: "fine-tuning", first: 2_000_000 },
    tuning.scenes,
  );
  const value = await sceneScore(parameters, testScenes(tuning.scenes), sizes);
  tf.dispose(parameters);
  return value;
}

/** A vision transformer that tells the class of every pixel of a scene. */
export const recipe: Recipe<VisionTransformer> = {
  name: "tiny-seg",
  description:
    "A vision transformer of five blocks of width 40 that finds the objects of a scene, pixel by pixel: it outlines them, and does not yet tell discs from squares.",
  settings: {
    ...shape,
    numHeads: sizes.numHeads,
    dFf: 4 * shape.dModel,
    head: "linear, from each patch's token to the three classes of its 2×2 pixels",
    "initial weights": "U(±1/√fan-in); positions N(0, 0.02²)",
    seed,
    steps,
    batchSize,
    optimiser: "AdamW, β = (0.9, 0.95), gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 50 steps, then cosine to 0`,
    weightDecay: 0.05,
    data: "scenes of three discs or squares (#lab/dataset/scenes), new ones at every step; 100 others held out",
  },
  lossUnit: "nats per pixel",
  train: () =>
    learn(start(), { steps, batchSize, learningRate, warmup: 50, stage: "tiny-seg", first: 1_000_000 }),
  async measure(model) {
    const test = testScenes();
    const known = scenes(random(78), 50);
    const score = (kinds: Int32Array) => meanIntersectionOverUnion(kinds, test.classes, classes);
    const own = await foundClasses(model, test, sizes);
    const [ofPatch, around] = [
      linearSegmentation(known, test, "patch", classes),
      linearSegmentation(known, test, 4, classes),
    ];
    const any = (kinds: Int32Array) => kinds.map((kind) => Math.min(kind, 1));
    const anyScore = (kinds: Int32Array) => meanIntersectionOverUnion(any(kinds), any(test.classes), 2);
    return [
      {
        name: "mean intersection over union of background, discs and squares on scenes held out",
        unit: "0 to 1",
        value: score(own),
        baselines: [
          { name: "linear classifier of each patch's pixels", value: score(ofPatch) },
          { name: "linear classifier of the 9×9 pixels around each", value: score(around) },
          {
            name: "the right outlines, every object taken for a square",
            value: score(test.classes.map((kind) => (kind === 0 ? 0 : 2))),
          },
        ],
        lowerIsBetter: false,
      },
      {
        name: "mean intersection over union of background and objects of either kind on the same scenes",
        unit: "0 to 1",
        value: anyScore(own),
        baselines: [
          { name: "linear classifier of each patch's pixels", value: anyScore(ofPatch) },
          { name: "linear classifier of the 9×9 pixels around each", value: anyScore(around) },
        ],
        lowerIsBetter: false,
      },
      {
        name: `mean intersection over union on noisier scenes of five objects after ${tuning.steps} steps on them`,
        unit: "0 to 1",
        value: await scoreAfterTuning(model),
        baselines: [
          { name: "as long from scratch", value: await scoreAfterTuning(start()) },
          {
            name: "the model before these steps",
            value: await sceneScore(model, testScenes(tuning.scenes), sizes),
          },
        ],
        lowerIsBetter: false,
      },
    ];
  },
  async samples(model) {
    const test = testScenes();
    const answer = await foundClasses(model, test, sizes);
    const size = test.side ** 2;
    return Array.from({ length: 8 }, (_, scene) => {
      const [own, truth] = [answer, test.classes].map((all) =>
        all.subarray(scene * size, (scene + 1) * size),
      );
      const right = own!.filter((kind, at) => kind === truth![at]).length;
      const share = (kind: number) => `${truth!.filter((one) => one === kind).length}`;
      const there = `${share(1)} pixels of discs, ${share(2)} of squares`;
      return `scene ${scene + 1}, ${there}: ${((100 * right) / size).toFixed(1)} % of its pixels right`;
    });
  },
  figures: (model) => sceneMaps(model, scenes(random(77), 1), sizes),
};
