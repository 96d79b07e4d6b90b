import type { Figure } from "#lab/figure/figure";
import type { Parameters } from "#lab/parameter";

/** A held-out number of a model, beside one that says what it is worth. */
export interface Measure {
  /** What was measured: "held-out loss". */
  name: string;
  unit: string;
  value: number;
  /** The same measure of something simpler: a bigram model, a linear probe of a random network. */
  baselines: { name: string; value: number }[];
  /** Whether a lower number is the better one. */
  lowerIsBetter: boolean;
}

/** How a model of the zoo is made: all that `npm run pretrain` needs, with fixed seeds. */
export interface Recipe<M extends Parameters = Parameters> {
  /** The model's file is `public/models/<name>.safetensors`. */
  name: string;
  /** One sentence on what it is. */
  description: string;
  /** Sizes, data and optimiser, in words and numbers, for the model card. */
  settings: Record<string, string | number>;
  /** What the training loss counts: "nats per character". */
  lossUnit: string;
  /** The trained model, and the loss before each step. */
  train(): Promise<{ parameters: M; losses: number[] }>;
  /** What the model card states; run on the parameters as they were stored. */
  measure(parameters: M): Promise<Measure[]>;
  /** Lines that the model makes, to look at: texts, answers beside what is right. */
  samples(parameters: M): Promise<string[]>;
  /** Pictures of what it does: attention maps, reconstructions. */
  figures(parameters: M): Promise<Figure[]>;
}
