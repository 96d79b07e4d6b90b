import { degraded, type Degradation, synthetic, tasks } from "#lab/dataset/degradation";
import { digits, randomImages } from "#lab/dataset/digits";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { initRestorationNet, type RestorationNet } from "#lab/restoration";
import { train } from "#lab/training";
import { imageStrip } from "#zoo/image-strip";
import type { Measure, Recipe } from "#zoo/recipe";
import {
  degradedRatio,
  fineTuned,
  heldOut,
  ownRatio,
  restorationLoss,
  restorationShape,
  restored,
  restoredRatio,
  side,
} from "#zoo/restoration-score";

const steps = 1200;
const batchSize = 32;
const learningRate = 5e-3;

/**
 * The recipe of a restoration network that is trained to undo one degradation.
 * @param what the degradation, in words that follow "digits with"
 * @param compare further measures
 */
export function restorationRecipe(given: {
  name: string;
  description: string;
  degrade: Degradation;
  what: string;
  compare?: (net: RestorationNet) => Promise<Measure[]>;
}): Recipe<RestorationNet> {
  const { name, description, degrade, what, compare } = given;
  return {
    name,
    description,
    settings: {
      ...restorationShape,
      filters: "3×3, with biases",
      "initial weights": "uniform, ±1/√(9 channels)",
      steps,
      batchSize,
      loss: "mean absolute error",
      optimiser: "Adam, β = (0.9, 0.999)",
      learningRate: `${learningRate}, warm-up of 50 steps, then cosine to 0`,
      data: `2,000 handwritten digits at ${side}×${side} pixels with ${what}, degraded anew at each step; 500 others are held out`,
    },
    lossUnit: "mean absolute error",
    async train() {
      const { train: originals } = await digits({ side });
      return train({
        parameters: initRestorationNet(random(0), restorationShape, "uniform fan-in"),
        steps,
        stage: name,
        optimiser: { learningRate: cosine({ learningRate, warmup: 50, steps }) },
        loss: (net, step) => {
          const chance = random(1_000_000 + step);
          const truth = randomImages(originals, chance, batchSize);
          return restorationLoss(net, degraded(truth, degrade, chance), truth);
        },
      });
    },
    async measure(net) {
      const measures = [await ownRatio(net, degrade, what), ...((await compare?.(net)) ?? [])];
      for (const task of Object.keys(tasks) as (keyof typeof tasks)[])
        measures.push(await fineTuned(net, task));
      return measures;
    },
    samples: (net) =>
      Promise.all(
        Object.entries({ ...synthetic, ...tasks }).map(async ([kind, degrade]) => {
          const [before, after] = [await degradedRatio(degrade), await restoredRatio(net, degrade)];
          return `${kind}: ${before.toFixed(2)} dB degraded, ${after.toFixed(2)} dB restored`;
        }),
      ),
    async figures(net) {
      const { truth, inputs } = await heldOut(degrade);
      const rows = { clean: truth, degraded: inputs, restored: await restored(net, inputs) };
      return [
        imageStrip(rows, [2, 3, 5, 8], {
          title: "Four held-out digits",
          description: `Clean, with ${what}, and as the network restores them; ink from 0 to 1.`,
        }),
      ];
    },
  };
}
