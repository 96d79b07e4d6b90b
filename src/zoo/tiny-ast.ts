import { imagesAt, type LabelledImages } from "#lab/dataset/digits";
import { sourceTones, targetTones, tones } from "#lab/dataset/tones";
import { heatMap } from "#lab/figure/heat-map";
import type { SmallMatrix } from "#lab/linear-algebra";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { initVisionTransformer, type VisionTransformer } from "#lab/vit";
import * as image from "#zoo/image-classifier";
import { probeAccuracy } from "#zoo/linear-probe";
import type { Measure, Recipe } from "#zoo/recipe";

const shape = {
  imageSize: 28,
  channels: 1,
  patchSize: 7,
  dModel: 64,
  dFf: 128,
  numLayers: 4,
  classes: sourceTones.length,
  pooling: "mean",
} as const;
const sizes = { patchSize: shape.patchSize, numHeads: 4 };
const seed = 0;
const steps = 700;
const batchSize = 48;
const learningRate = 2e-3;
const tuning = { steps: 80, batchSize: 32, learningRate: 2e-3 };

const start = () => initVisionTransformer(random(seed), shape, "uniform fan-in");
const heldOut = () => tones(random(99), 600);
const target = () => ({
  train: tones(random(97), 400, targetTones),
  test: tones(random(96), 600, targetTones),
});

/** What the frozen features tell of kinds of sound that the model has not heard. */
async function probed(model: VisionTransformer): Promise<Measure> {
  const { train, test } = target();
  const accuracy = async (features: (set: LabelledImages) => SmallMatrix | Promise<SmallMatrix>) => {
    const read = async (set: LabelledImages) => ({ features: await features(set), labels: set.labels });
    return probeAccuracy(await read(train), await read(test), { classes: targetTones.length });
  };
  return {
    name: "linear probe of the features: eight other kinds of sound",
    unit: "share of spectrograms",
    value: await accuracy((set) => image.features(model, set, sizes)),
    baselines: [
      {
        name: "features of the model before training",
        value: await accuracy((set) => image.features(start(), set, sizes)),
      },
      { name: "the spectrogram itself", value: await accuracy(image.pixels) },
    ],
    lowerIsBetter: false,
  };
}

/** An audio spectrogram transformer: a vision transformer that reads 28 mel bins by 28 frames, averaging its patches. */
export const recipe: Recipe<VisionTransformer> = {
  name: "tiny-ast",
  description:
    "An audio spectrogram transformer of four blocks of width 64 that tells ten kinds of synthetic sound apart.",
  settings: {
    ...shape,
    numHeads: sizes.numHeads,
    "initial weights": "U(±1/√fan-in); positions N(0, 0.02²)",
    seed,
    steps,
    batchSize,
    optimiser: "AdamW, β = (0.9, 0.95), gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 50 steps, then cosine to 0`,
    data: "the ten source kinds of #lab/dataset/tones, new ones at every step; the eight target kinds are never heard",
  },
  lossUnit: "nats per spectrogram",
  train() {
    return train({
      parameters: start(),
      steps,
      stage: "tiny-ast",
      optimiser: { learningRate: cosine({ learningRate, warmup: 50, steps }), beta2: 0.95, clip: 1 },
      loss: (model, step) => image.imageLoss(model, tones(random(1_000_000 + step), batchSize), sizes),
    });
  },
  async measure(model) {
    const asRows = (set: LabelledImages) => ({ features: image.pixels(set), labels: set.labels });
    const [test, heard] = [heldOut(), tones(random(98), 1000)];
    return [
      {
        name: "accuracy on sounds held out",
        unit: "share of spectrograms",
        value: await image.imageAccuracy(model, test, sizes),
        baselines: [
          {
            name: "linear classifier of the spectrogram",
            value: probeAccuracy(asRows(heard), asRows(test), { classes: shape.classes, penalty: 1e-2 }),
          },
        ],
        lowerIsBetter: false,
      },
      await probed(model),
      {
        name: `accuracy on the eight other kinds after ${tuning.steps} steps on 400 of them`,
        unit: "share of spectrograms",
        value: await image.accuracyAfter(model, target(), tuning, sizes),
        baselines: [
          {
            name: "as long from scratch",
            value: await image.accuracyAfter(start(), target(), tuning, sizes),
          },
        ],
        lowerIsBetter: false,
      },
    ];
  },
  async samples(model) {
    const test = heldOut();
    const found = image.mostProbable(await image.probabilities(model, test, sizes));
    const lines = found.map((kind, i) => {
      const own = test.labels[i]!;
      const line = `spectrogram ${i}, ${sourceTones[own]}: ${sourceTones[kind]}`;
      return { line: kind === own ? line : `${line}: wrong`, wrong: kind !== own };
    });
    const later = lines.slice(10).filter(({ wrong }) => wrong);
    return [...lines.slice(0, 10), ...later.slice(0, 10)].map(({ line }) => line);
  },
  async figures() {
    const kinds = [0, 8];
    return kinds.map((kind) => {
      const one = imagesAt(heldOut(), [kind]);
      const rows = Array.from({ length: one.side }, (_, row) =>
        Array.from(one.images.subarray(row * one.side, (row + 1) * one.side), (level) => +level.toFixed(2)),
      );
      return heatMap(rows, {
        title: `A spectrogram: ${sourceTones[kind]}`,
        description: `A synthetic sound of the kind ${sourceTones[kind]}, with noise; high pitch is at the top.`,
        rows: { label: "mel bin, from the top" },
        columns: { label: "frame" },
        value: "loudness",
        domain: [0, 1],
      });
    });
  },
};
