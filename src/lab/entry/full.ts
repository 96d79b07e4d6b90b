import { contender, type Entry } from "#lab/arena/contender";

/** Full fine-tuning: every weight but the head that names characters. */
export const enter: Entry = (model) =>
  contender(model, (model) => ({ model }), { trains: (path) => path !== "head" });
