import { existsSync } from "node:fs";
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";
import { parseHTML } from "linkedom";
import { picture, picturePath } from "#site/picture";

/**
 * An Astro integration that draws the OpenGraph picture of every page that names one and has none yet: techniques and
 * families have theirs, with facts; of any other page it shows title and description.
 */
export function pictures(): AstroIntegration {
  return {
    name: "benchtop:pictures",
    hooks: {
      "astro:build:done": async ({ dir, logger }) => {
        const root = fileURLToPath(dir);
        let drawn = 0;
        for await (const path of glob("**/*.html", { cwd: root })) {
          const page = path.replaceAll("\\", "/").replace(/(^|\/)index\.html$/, "$1");
          const file = join(root, picturePath(page));
          if (existsSync(file)) continue;
          const head = (await readFile(join(root, path), "utf8")).split("</head>", 1)[0]!;
          const { document } = parseHTML(`${head}</head></html>`);
          const said = (property: string) =>
            document.querySelector(`meta[property="${property}"]`)?.getAttribute("content");
          const [name, about] = [said("og:title"), said("og:description")];
          if (!name || !about) continue;
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, await picture({ over: "Benchtop", name, about, facts: [] }));
          drawn++;
        }
        logger.info(`${drawn} pictures of pages that are neither techniques nor families`);
      },
    },
  };
}
