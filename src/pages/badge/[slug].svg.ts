import type { APIRoute } from "astro";
import { badge } from "#site/badge";
import { recordOf } from "#site/record";
import { type Technique, techniques } from "#site/technique";

/** A technique's status as a picture, for a README or a wiki. */
export async function getStaticPaths() {
  return (await techniques()).map((technique) => ({
    params: { slug: technique.slug },
    props: { technique },
  }));
}

export const GET: APIRoute<{ technique: Technique }> = ({ props: { technique } }) => {
  const { claims } = recordOf(technique);
  const held = claims.filter(({ verdict }) => verdict === "holds").length;
  return new Response(badge(technique.name, technique.status, { held, of: claims.length }), {
    headers: { "content-type": "image/svg+xml" },
  });
};
