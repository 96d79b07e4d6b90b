import rss from "@astrojs/rss";
import type { APIRoute } from "astro";
import { ledgerOf, shownRun } from "#ledger/library";
import { address } from "#site/link";
import { textWithoutMath } from "#site/mathematics";
import { recordOf } from "#site/record";
import { techniques } from "#site/technique";

/** RSS of results, the newest first: a result that is recorded anew and differs is a new item. */
export const GET: APIRoute = async ({ site }) => {
  const items = (await techniques()).flatMap((technique) => {
    const { slug, name, status } = technique;
    const ledger = ledgerOf(slug);
    const run = ledger && shownRun(ledger);
    if (!run) return [];
    const { claims, summary = "", url } = recordOf(technique);
    const missed = claims.filter(({ verdict }) => verdict === "fails");
    const held = `${claims.length - missed.length} of ${claims.length} claims hold`;
    const sentences = [
      textWithoutMath(summary),
      ...missed.map(({ says }) => `Not reproduced at this scale: ${textWithoutMath(says)}`),
    ];
    return [
      {
        title: `${name}: ${status}, ${held}`,
        link: url,
        pubDate: new Date(run.date),
        description: sentences.join(" "),
        // The seal is of what was measured, so it changes with that.
        customData: `<guid isPermaLink="false">benchtop:${slug}:${ledger.seal.slice(0, 16)}</guid>`,
      },
    ];
  });
  return rss({
    title: "Benchtop: results",
    description: "New and changed results of deep-learning techniques that are re-run in the browser.",
    site: new URL(address("/"), site!),
    items: items.sort((a, b) => b.pubDate.getTime() - a.pubDate.getTime() || a.title.localeCompare(b.title)),
  });
};
