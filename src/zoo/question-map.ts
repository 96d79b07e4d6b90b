import { passKey } from "#lab/dataset/recall";
import type { Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";
import { random } from "#lab/random";
import { recallTargets } from "#lab/recall";
import { forward, type LanguageModel } from "#lab/transformer";
import { attentionWeights } from "#zoo/attention-weights";
import { passKeyLetters } from "#zoo/pass-key-letters";

/**
 * A figure of what the question mark of a pass-key stream attends to: a row per head of each block, a column per
 * position where a key may stand, and one for all later positions.
 */
export async function questionMap(model: LanguageModel, numHeads: number, time: number): Promise<Figure> {
  const batch = passKey(random(11), 1, time);
  const { inputs, targets } = recallTargets(batch);
  const reach = time / 4;
  const rows: { name: string; weights: number[] }[] = [];
  for (let l = 1; l <= model.blocks.length; l++) {
    const heads = await attentionWeights(l, (options) => forward(model, inputs, numHeads, options));
    heads.forEach((weights, head) => {
      const own = weights.at(-1)!;
      const later = own.slice(reach).reduce((sum, weight) => sum + weight, 0);
      rows.push({ name: `${l}.${head + 1}`, weights: [...own.slice(0, reach), later] });
    });
  }
  inputs.dispose();
  targets.dispose();
  const text = passKeyLetters(batch.tokens);
  const key = passKeyLetters(batch.answers);
  return heatMap(
    // Rounding may leave a weight just above 1.
    rows.map(({ weights }) => weights.map((weight) => Math.min(1, weight))),
    {
      title: "What the question mark attends to",
      description:
        `How much the last position of "${text}" attends to each of the first ${reach}, and to all later ones, in ` +
        `every head of every block. The key, ${key}, stands at position ${text.indexOf(key)}.`,
      rows: { label: "block.head", names: rows.map(({ name }) => name) },
      columns: { label: "position", names: [...Array.from({ length: reach }, (_, t) => String(t)), "later"] },
      value: "weight",
      domain: [0, 1],
    },
  );
}
