import sitemap from "@astrojs/sitemap";
import type { AstroIntegration } from "astro";

/**
 * What only a site that knows its own address can give: a feed at `/feed.xml`, whose links leave the site, and a sitemap
 * of the pages that are not a way to another one.
 */
export function elsewhere(): AstroIntegration[] {
  return [
    {
      name: "benchtop:feed",
      hooks: {
        "astro:config:setup": ({ config, injectRoute, logger }) => {
          if (config.site) injectRoute({ pattern: "/feed.xml", entrypoint: "./src/site/feed.ts" });
          else
            logger.info("SITE is not set: no feed, no sitemap, no oEmbed, no OpenGraph pictures' addresses");
        },
      },
    },
    sitemap({ filter: (page) => !/\/(arxiv|embed|notebook-host)\//.test(page) }),
  ];
}
