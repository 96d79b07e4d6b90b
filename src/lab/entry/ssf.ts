import { initScaleShift, scaleShift } from "#lab/adapter";
import { contender, type Entry } from "#lab/arena/contender";

const operations = [
  "blocks.*.{norm1,norm2}.gain",
  "blocks.*.attention.{query,key,value,output}",
  "blocks.*.feedForward.{hidden,output}",
  "norm.gain",
];

/**
 * SSF: a scale and a shift after every operation but the embedding, drawn as in its code from N(1, 0.02²) and
 * N(0, 0.02²).
 */
export const enter: Entry = (model, draw) =>
  contender(initScaleShift(draw, model, operations), (adapter) => ({ model: scaleShift(model, adapter) }));
