import { existsSync, globSync, readFileSync } from "node:fs";
import { curve } from "#lab/figure/curve";
import type { Figure } from "#lab/figure/figure";
import { startLabSession } from "#site/lab-session";
import type { ModelCard } from "#zoo/model-card";

/** The cards of all models in `public/models/`, by name. */
export function modelCards(): ModelCard[] {
  return globSync("public/models/*.json")
    .sort()
    .map((file) => {
      const card = JSON.parse(readFileSync(file, "utf8")) as ModelCard;
      if (!existsSync(`public/models/${card.name}.safetensors`)) {
        throw new Error(
          `${file}: expected ${card.name}.safetensors beside it, found none: npm run pretrain -- ${card.name}`,
        );
      }
      return card;
    });
}

/** A card's training loss over the steps. */
export function lossFigure({ losses, lossUnit }: ModelCard): Figure {
  startLabSession();
  const line = {
    name: "training loss",
    x: losses.map(({ step }) => step),
    y: losses.map(({ loss }) => loss),
  };
  return curve([line], {
    title: "Training loss",
    description: "The training loss, averaged over equal stretches of steps.",
    x: { label: "step" },
    y: { label: `loss (${lossUnit})` },
  });
}
