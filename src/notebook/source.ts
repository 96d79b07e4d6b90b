import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseCells, type Cell } from "#notebook/cells";

/** A notebook as it stands in `notebooks/`. */
export interface NotebookSource {
  slug: string;
  /** Path of the file, for errors and links. */
  file: string;
  text: string;
  cells: Cell[];
}

const FOLDER = "notebooks";

/** The slugs of all notebooks, sorted; none when there is no folder of them. */
export function notebookSlugs(root = process.cwd()): string[] {
  if (!existsSync(join(root, FOLDER))) return [];
  return readdirSync(join(root, FOLDER))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/**
 * The notebook of a slug.
 * @throws CellError when it is not in percent format; ENOENT when there is none
 */
export function readNotebook(slug: string, root = process.cwd()): NotebookSource {
  const file = `${FOLDER}/${slug}.ts`;
  const text = readFileSync(join(root, file), "utf8");
  return { slug, file, text, cells: parseCells(text, file) };
}
