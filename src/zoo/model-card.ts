import type { Figure } from "#lab/figure/figure";
import type { Measure } from "#zoo/recipe";

/** `public/models/<name>.json`: how a model was made and what it is worth; written by `npm run pretrain`. */
export interface ModelCard {
  name: string;
  description: string;
  settings: Record<string, string | number>;
  parameters: number;
  /** The training loss, averaged over equal stretches of steps. */
  lossUnit: string;
  losses: { step: number; loss: number }[];
  measures: Measure[];
  /** Lines that the model makes, to look at. */
  samples: string[];
  /** Pictures of what it does. */
  figures: Figure[];
  /** Of the file beside the card. */
  bytes: number;
  sha256: string;
  device: string;
  seconds: number;
  /** ISO 8601 day. */
  date: string;
  commit: string;
  versions: Record<string, string>;
}
