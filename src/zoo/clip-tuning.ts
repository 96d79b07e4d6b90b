import type { Clip } from "#lab/clip";
import { digits, randomImages } from "#lab/dataset/digits";
import { mirrored } from "#lab/dataset/displacement";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import type { VisionTransformer } from "#lab/vit";
import { captionLoss, clipSizes, digitAccuracy, few, fewLabels, fresh } from "#zoo/clip-score";
import type { Measure } from "#zoo/recipe";
import { digitFeatures, zeroShotAccuracy, zeroShotLoss } from "#zoo/zero-shot";

const tuning = { steps: 60, batchSize: 32, learningRate: 1e-3 };
const locking = { steps: 150, batchSize: 32, learningRate: 2e-3 };

/** The accuracy on mirrored digits after a short training of the image tower on a few, from the model and from scratch. */
export async function fineTuned(clip: Clip): Promise<Measure> {
  const { train: own, test } = await digits();
  const [known, asked] = [mirrored(few(own)), mirrored(test)];
  const classes = digitFeatures(clip.text, clipSizes.numHeads);
  const after = async (parameters: VisionTransformer) => {
    const tuned = await train({
      parameters,
      steps: tuning.steps,
      stage: "fine-tuning",
      optimiser: { learningRate: cosine({ ...tuning, warmup: 10 }), clip: 1 },
      loss: (tower, step) => {
        const batch = randomImages(known, random(2_000_000 + step), tuning.batchSize);
        return zeroShotLoss(tower, classes, clip.logScale, batch, clipSizes);
      },
    });
    return zeroShotAccuracy(tuned.parameters, classes, asked, clipSizes);
  };
  return {
    name: `accuracy on mirrored digits after ${tuning.steps} steps on ${fewLabels} of each`,
    unit: "share of images",
    value: await after(clip.image),
    baselines: [
      { name: "as long from scratch, with the same captions' features", value: await after(fresh().image) },
      {
        name: "the model before these steps",
        value: await zeroShotAccuracy(clip.image, classes, asked, clipSizes),
      },
    ],
    lowerIsBetter: false,
  };
}

/** What the text tower alone is worth: a new image tower trained beside it, locked, or beside a new one. */
export async function lockedText(clip: Clip): Promise<Measure> {
  const { train: own, test } = await digits();
  const after = async (parameters: Clip, locked: boolean) => {
    const { parameters: trained } = await train({
      parameters,
      trains: (path) => !(locked && path.startsWith("text.")),
      steps: locking.steps,
      stage: locked ? "beside the locked text tower" : "both towers",
      optimiser: {
        learningRate: cosine({ ...locking, warmup: 15 }),
        beta2: 0.98,
        weightDecay: 0.05,
        clip: 1,
      },
      loss: (clip, step) => captionLoss(clip, own, 3_000_000 + step, locking.batchSize),
    });
    return digitAccuracy(trained, test);
  };
  return {
    name: `zero-shot accuracy of a new image tower after ${locking.steps} steps beside the locked text tower`,
    unit: "share of images",
    value: await after({ ...fresh(), text: clip.text }, true),
    baselines: [
      { name: "both towers new, as long", value: await after(fresh(), false) },
      { name: "chance", value: 0.1 },
    ],
    lowerIsBetter: false,
  };
}
