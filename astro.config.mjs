import mdx from "@astrojs/mdx";
import { defineConfig } from "astro/config";
import { notebookAssets } from "#notebook/starboard/assets";
import { moved, movedPages } from "#site/anchors";
import { elsewhere } from "#site/elsewhere";
import { markdown } from "#site/markdown";
import { pairingCheck } from "#site/pairing-check";
import { pictures } from "#site/pictures";
import { pagePolicy } from "#site/policy";
import { runPrice } from "#site/run-price";
import { searchIndex } from "#site/search-index";
import { woff2Only } from "#site/woff2-only";

// Where the site will live: BASE=/kb/ for a sub-path, SITE=https://… when the address is known. Both are optional.
const base = process.env.BASE ?? "/";
const site = process.env.SITE || undefined;

export default defineConfig({
  base,
  site,
  output: "static",
  outDir: "dist",
  trailingSlash: "always",
  redirects: movedPages(moved(), base),
  prefetch: false,
  devToolbar: { enabled: false },
  // One page is one request and KaTeX's sheet: six small sheets would each cost a round trip before the first word.
  build: { format: "directory", inlineStylesheets: "always" },
  markdown: { ...markdown(base) },
  vite: {
    build: {
      // Data URLs would need `font-src data:`, and inlined scripts a hash on every page; files are cached instead.
      assetsInlineLimit: 0,
      rolldownOptions: {
        onLog(level, log, handle) {
          // Astro marks its own modules with a directive that the bundler does not know: one warning for each page.
          if (log.code !== "MODULE_LEVEL_DIRECTIVE" || !log.message.includes("astro:")) handle(level, log);
        },
      },
    },
    plugins: [woff2Only()],
  },
  integrations: [
    pairingCheck(),
    mdx(),
    notebookAssets(),
    runPrice(),
    ...elsewhere(),
    // Integrations that add pages or files come before this line; those below read the finished pages, in this order.
    pictures(),
    pagePolicy(),
    searchIndex(),
  ],
});
