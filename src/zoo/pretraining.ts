import { countParameters } from "#lab/parameter";
import { type DeviceName, startDevice } from "#lab/device";
import { loadParameters, saveParameters } from "#lab/safetensors";
import { type Session, startSession } from "#lab/session";
import type { ModelCard } from "#zoo/model-card";
import type { Recipe } from "#zoo/recipe";

/** The part of a card that a training run alone can tell. */
export type TrainingRun = Pick<ModelCard, "losses" | "device" | "seconds">;

/** The part of a card that is read off the recipe and the stored model. */
export type Appraisal = Pick<
  ModelCard,
  "name" | "description" | "settings" | "parameters" | "lossUnit" | "measures" | "samples" | "figures"
>;

/** How many stretches a card's loss curve has. */
const STRETCHES = 48;

/** Makes a session and a device for the recipes to run on; returns what the device is, in words. */
export async function startZoo(
  options: { device: DeviceName; wasmPath: string } & Pick<Session, "readAsset" | "onProgress" | "document">,
): Promise<string> {
  const { device: name, wasmPath, ...provided } = options;
  startSession(provided);
  const device = await startDevice([name], { wasmPath });
  return `${device.name}: ${device.adapter}`;
}

/** Trains a model by its recipe, and returns its file, in float16, and what the run was. */
export async function pretrain(
  recipe: Recipe,
): Promise<{ bytes: Uint8Array; run: Omit<TrainingRun, "device"> }> {
  const began = performance.now();
  const { parameters, losses } = await recipe.train();
  const seconds = Math.round((performance.now() - began) / 1000);
  const bytes = await saveParameters(parameters, { dtype: "F16", metadata: { recipe: recipe.name } });
  return { bytes, run: { losses: stretches(losses), seconds } };
}

/** What a model is worth, measured on its file: the parameters as readers get them. */
export async function appraise(recipe: Recipe, bytes: Uint8Array): Promise<Appraisal> {
  const { name, description, settings, lossUnit } = recipe;
  const { parameters: stored } = loadParameters(bytes);
  return {
    name,
    description,
    settings,
    parameters: countParameters(stored),
    lossUnit,
    measures: await recipe.measure(stored),
    samples: await recipe.samples(stored),
    figures: await recipe.figures(stored),
  };
}

/** Losses averaged over equal stretches of steps; `step` is the middle of each. */
export function stretches(losses: number[], count = STRETCHES): { step: number; loss: number }[] {
  const length = Math.max(1, Math.ceil(losses.length / count));
  return Array.from({ length: Math.ceil(losses.length / length) }, (_, index) => {
    const part = losses.slice(index * length, (index + 1) * length);
    const mean = part.reduce((sum, loss) => sum + loss, 0) / part.length;
    return { step: index * length + part.length / 2, loss: Number(mean.toFixed(4)) };
  });
}
