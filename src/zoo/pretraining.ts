import { countParameters } from "#lab/parameter";
import { type DeviceName, startDevice } from "#lab/device";
import { loadParameters, saveParameters } from "#lab/safetensors";
import { type Session, startSession } from "#lab/session";
import type { ModelCard } from "#zoo/model-card";
import type { Recipe } from "#zoo/recipe";

/** What a recipe's run gives: the file, and what its card says of it, save for what only the caller knows. */
export interface Pretrained {
  bytes: Uint8Array;
  card: Omit<ModelCard, "date" | "commit" | "versions" | "bytes" | "sha256">;
}

/** How many stretches a card's loss curve has. */
const STRETCHES = 48;

/** Trains a model by its recipe on one device, and measures it as it is stored: in float16. */
export async function pretrain(
  recipe: Recipe,
  options: { device: DeviceName; wasmPath: string } & Pick<Session, "readAsset" | "onProgress">,
): Promise<Pretrained> {
  const { readAsset, onProgress } = options;
  startSession({ readAsset, onProgress });
  const device = await startDevice([options.device], { wasmPath: options.wasmPath });
  const began = performance.now();
  const { parameters, losses } = await recipe.train();
  const seconds = Math.round((performance.now() - began) / 1000);
  const bytes = await saveParameters(parameters, { dtype: "F16", metadata: { recipe: recipe.name } });
  const { parameters: stored } = loadParameters(bytes);
  const card = {
    name: recipe.name,
    description: recipe.description,
    settings: recipe.settings,
    parameters: countParameters(stored),
    losses: stretches(losses),
    measures: await recipe.measure(stored),
    samples: await recipe.samples(stored),
    device: `${device.name}: ${device.adapter}`,
    seconds,
  };
  return { bytes, card };
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
