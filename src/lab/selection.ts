import { leaves, mapParameters, type Parameters } from "#lab/parameter";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Which leaves of a tree are meant: a pattern of paths, several of them, or a function of the path.
 *
 * In a pattern, `*` stands for one name or a part of one, `**` for any names, and `{a,b}` for either:
 * "blocks.*.attention.{query,value}", "head**", "**.bias".
 */
export type Selection = string | readonly string[] | ((path: string) => boolean);

/** A test of paths. */
export function selects(selection: Selection): (path: string) => boolean {
  if (typeof selection === "function") return selection;
  const expressions = [selection].flat().map(expression);
  return (path) => expressions.some((one) => one.test(path));
}

/**
 * The paths of a tree's leaves that are selected, in the order of `leaves`.
 * @throws when there are none: a pattern that fits nothing is a slip of the pen
 */
export function selectedPaths(tree: Parameters, selection: Selection): string[] {
  const paths = leaves(tree).map(({ path }) => path);
  const found = paths.filter(selects(selection));
  if (found.length === 0) {
    const named = typeof selection === "function" ? "a function" : [selection].flat().join(", ");
    throw new Error(`selectedPaths: expected leaves that fit ${named}, got none among ${paths.join(", ")}`);
  }
  return found;
}

/**
 * A mask of a tree's structure: 1 in every place of the selected leaves, 0 elsewhere.
 * @throws as `selectedPaths` does
 */
export function maskOf<T extends Parameters>(tree: T, selection: Selection): T {
  const selected = new Set(selectedPaths(tree, selection));
  return mapParameters(tree, (tensor, path) =>
    selected.has(path) ? tf.onesLike(tensor) : tf.zerosLike(tensor),
  );
}

/** A pattern as a regular expression: `.` is itself, and only the three signs are special. */
function expression(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*|\*|\{[^{}]*\})/)
    .map((part) => {
      if (part === "**") return ".*";
      if (part === "*") return "[^.]*";
      if (/^\{.*\}$/.test(part)) return `(?:${part.slice(1, -1).split(",").map(escape).join("|")})`;
      return escape(part);
    })
    .join("");
  return new RegExp(`^${source}$`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
