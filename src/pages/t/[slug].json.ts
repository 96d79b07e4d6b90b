import type { APIRoute } from "astro";
import { json } from "#site/json";
import { recordOf } from "#site/record";
import { type Technique, techniques } from "#site/technique";

/** A technique as data: facts, status, claims with what was measured. */
export async function getStaticPaths() {
  return (await techniques()).map((technique) => ({
    params: { slug: technique.slug },
    props: { technique },
  }));
}

export const GET: APIRoute<{ technique: Technique }> = ({ props }) => json(recordOf(props.technique));
