import { synthetic } from "#lab/dataset/degradation";
import { restorationRecipe } from "#zoo/restoration-recipe";

/** A restoration network that has seen noise alone: what pre-training on many degradations is compared with. */
export const recipe = restorationRecipe({
  name: "tiny-restore-noise",
  description:
    "A small residual network of convolutions that restores digits, trained on Gaussian noise alone.",
  degrade: synthetic.noise,
  what: "Gaussian noise of standard deviation 0.05 to 0.25",
});
