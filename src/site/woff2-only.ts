import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

/**
 * A Vite plugin that takes the WOFF and TrueType fallbacks out of KaTeX's style sheet: every browser that this site
 * supports reads WOFF2, and the other forty files would be published for none.
 */
export function woff2Only(): Plugin {
  return {
    name: "benchtop:woff2-only",
    enforce: "pre",
    async load(id) {
      const [file = "", query = ""] = id.split("?");
      if (!/katex(\.min)?\.css$/.test(file) || /(^|&)(url|raw)\b/.test(query)) return undefined;
      return (await readFile(file, "utf8")).replace(
        /,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\("[^"]*"\)/g,
        "",
      );
    },
  };
}
