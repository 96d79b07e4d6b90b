import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";
import { close, createIndex } from "pagefind";

/** Pagefind ships its own interfaces beside the index; ours needs none of them. */
const unused = /^pagefind-(ui|modular-ui|component-ui|highlight)\./;

/** An Astro integration that indexes the built pages for search, into `pagefind/` of the output. */
export function searchIndex(): AstroIntegration {
  return {
    name: "benchtop:search-index",
    hooks: {
      "astro:build:done": async ({ dir, logger }) => {
        const pages = await writeSearchIndex(fileURLToPath(dir));
        logger.info(`${pages} pages in the search index`);
      },
    },
  };
}

/**
 * The number of pages indexed. Pages that mark a `data-pagefind-body` are in the index; addresses in it are from the
 * site's root, and the reader's browser puts the base path before them.
 *
 * @throws with Pagefind's own words when it cannot index a page.
 */
export async function writeSearchIndex(root: string): Promise<number> {
  const { index, errors } = await createIndex({ forceLanguage: "en", includeCharacters: "+" });
  if (!index) throw new Error(`writeSearchIndex: expected an index from Pagefind, got ${errors.join("; ")}`);
  let pages = 0;
  const paths: string[] = [];
  for await (const path of glob("**/*.html", { cwd: root })) paths.push(path.replaceAll("\\", "/"));
  for (const path of paths.sort()) {
    const content = await readFile(join(root, path), "utf8");
    if (!content.includes("data-pagefind-body")) continue;
    refuse(path, (await index.addHTMLFile({ sourcePath: path, content })).errors);
    pages++;
  }
  const { files, errors: failed } = await index.getFiles();
  refuse("pagefind", failed);
  for (const file of files) {
    if (unused.test(file.path)) continue;
    const target = join(root, "pagefind", file.path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, file.content);
  }
  await close();
  return pages;
}

function refuse(path: string, errors: string[]): void {
  if (errors.length > 0) throw new Error(`writeSearchIndex: ${path}: ${errors.join("; ")}`);
}
