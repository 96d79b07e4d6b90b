import { contender, type Entry } from "#lab/arena/contender";
import { openingVectors } from "#lab/entry/opening";

/** Vectors before the embedded characters. */
const length = 8;

/** Prompt tuning: vectors before the input alone, at first those of a text that the model knows. */
export const enter: Entry = (model) =>
  contender({ prompt: openingVectors(model, length) }, ({ prompt }) => ({ model, options: { prompt } }));
