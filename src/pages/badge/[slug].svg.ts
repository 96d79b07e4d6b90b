import type { APIRoute } from "astro";
import { countHeld } from "#ledger/status";
import { badge } from "#site/badge";
import { recordOf } from "#site/record";
import { type Technique, techniquePaths } from "#site/technique";

/** A technique's status as a picture, for a README or a wiki. */
export const getStaticPaths = techniquePaths;

export const GET: APIRoute<{ technique: Technique }> = ({ props: { technique } }) => {
  const counted = countHeld(recordOf(technique).claims);
  return new Response(badge(technique.name, technique.status, counted), {
    headers: { "content-type": "image/svg+xml" },
  });
};
