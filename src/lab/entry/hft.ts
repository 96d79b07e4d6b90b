import { contender, type Entry } from "#lab/arena/contender";

const categories = [
  ["attention.query", "attention.key", "attention.value", "attention.output"],
  ["feedForward.hidden", "feedForward.output"],
  ["norm1", "norm2"],
];

/**
 * HFT in one round: of each category half in every block, at random, and all outside the blocks. A bias goes with its
 * weight.
 */
export const enter: Entry = (model, draw) => {
  const chosen = model.blocks.map(() =>
    categories.flatMap((names) => draw.shuffle(names).slice(0, names.length / 2)),
  );
  const trains = (path: string): boolean => {
    const [, l, part] = /^blocks\.(\d+)\.(.*)/.exec(path.replace(".biases", "")) ?? [];
    return part
      ? chosen[Number(l)]!.some((name) => part === name || part.startsWith(`${name}.`))
      : path !== "head";
  };
  return contender(model, (model) => ({ model }), { trains });
};
