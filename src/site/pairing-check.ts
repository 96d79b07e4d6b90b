import { readFileSync } from "node:fs";
import type { AstroIntegration } from "astro";
import { handTyped } from "#ledger/results-section";
import { notebookSlugs } from "#notebook/source";
import { readSeeds } from "#seeds/library";
import { checkPairing } from "#seeds/pairing";
import { readPages } from "#seeds/technique-page";

/**
 * An Astro integration that stops a build when a page, a seed entry or a notebook lacks its counterpart, or a page's
 * results were typed instead of measured.
 */
export function pairingCheck(): AstroIntegration {
  return {
    name: "benchtop:pairing-check",
    hooks: {
      "astro:build:start": () => {
        const pages = readPages();
        checkPairing({ entries: readSeeds(), pages, notebooks: notebookSlugs() });
        const typed = pages.flatMap(({ file }) => handTyped(readFileSync(file, "utf8"), file) ?? []);
        if (typed.length > 0) throw new Error(typed.join("\n"));
      },
    },
  };
}
