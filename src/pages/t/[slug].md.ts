import type { APIRoute } from "astro";
import { pageMarkdown } from "#site/page-markdown";
import { type Technique, techniques } from "#site/technique";

/** A technique's page as Markdown. */
export async function getStaticPaths() {
  return (await techniques()).map((technique) => ({
    params: { slug: technique.slug },
    props: { technique },
  }));
}

export const GET: APIRoute<{ technique: Technique }> = async ({ props }) =>
  new Response(await pageMarkdown(props.technique));
