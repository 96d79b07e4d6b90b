import type { AstroIntegration } from "astro";
import { readSeeds } from "#seeds/library";
import { checkPairing, readNotebooks } from "#seeds/pairing";
import { readPages } from "#seeds/technique-page";

/** An Astro integration that stops a build when a page, a seed entry or a notebook lacks its counterpart. */
export function pairingCheck(): AstroIntegration {
  return {
    name: "benchtop:pairing-check",
    hooks: {
      "astro:build:start": () => {
        checkPairing({ entries: readSeeds(), pages: readPages(), notebooks: readNotebooks() });
      },
    },
  };
}
