import { contender, type Entry } from "#lab/arena/contender";
import { flatten, mapParameters } from "#lab/parameter";

/** BitFit: the biases of the blocks, those of their norms included. */
export const enter: Entry = (model) => {
  const biases = Object.entries(flatten(model)).filter(([path]) => /^blocks.*bias/.test(path));
  return contender(Object.fromEntries(biases), (biases) => ({
    model: mapParameters(model, (W, path) => biases[path] ?? W),
  }));
};
