import { randomOrder, synthetic, tasks } from "#lab/dataset/degradation";
import type { RestorationNet } from "#lab/restoration";
import { pretrained } from "#lab/zoo";
import type { Measure } from "#zoo/recipe";
import { restorationRecipe } from "#zoo/restoration-recipe";
import { degradedRatio, restoredRatio } from "#zoo/restoration-score";

/** dB on a composed degradation without tuning, beside the network that has seen noise alone. */
async function untuned(net: RestorationNet, name: keyof typeof tasks): Promise<Measure> {
  const noise = (await pretrained("tiny-restore-noise")) as RestorationNet;
  return {
    name: `PSNR on ${name} without tuning`,
    unit: "dB",
    value: await restoredRatio(net, tasks[name]),
    baselines: [
      { name: "tiny-restore-noise", value: await restoredRatio(noise, tasks[name]) },
      { name: "degraded images", value: await degradedRatio(tasks[name]) },
    ],
    lowerIsBetter: false,
  };
}

/** A restoration network pre-trained as PROD does (arXiv 2408.01099): random degradations in random order. */
export const recipe = restorationRecipe({
  name: "tiny-restore-prod",
  description:
    "A small residual network of convolutions that restores digits, trained on one to three of five degradations in random order.",
  degrade: randomOrder(Object.values(synthetic)),
  what: "one to three of noise, blur, rain, haze and quantisation, in random order",
  compare: async (net) => [
    await untuned(net, "blur, rain, quantisation"),
    await untuned(net, "haze, noise, blur"),
  ],
});
