import type { Parameters } from "#lab/parameter";
import { loadParameters } from "#lab/safetensors";
import { session } from "#lab/session";

/**
 * The parameters of a model of the zoo, by its name: `(await pretrained("tiny-gpt")) as LanguageModel`. How it was made
 * and what it is worth stands on its model card, `/models/<name>/`.
 * @throws when there is no such model, or its file is not whole
 */
export async function pretrained(name: string): Promise<Parameters> {
  const path = `models/${name}.safetensors`;
  const bytes = new Uint8Array(await session().readAsset(path));
  try {
    return loadParameters(bytes).parameters;
  } catch (error) {
    throw new Error(`pretrained: ${path}: ${(error as Error).message}: reload the page to fetch it again`);
  }
}
