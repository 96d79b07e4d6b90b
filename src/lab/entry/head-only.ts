import { contender, type Entry } from "#lab/arena/contender";

/** Nothing but the head that all train: what the features know already. */
export const enter: Entry = (model) => contender({}, () => ({ model }));
