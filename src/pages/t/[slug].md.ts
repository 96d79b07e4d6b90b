import type { APIRoute } from "astro";
import { pageMarkdown } from "#site/page-markdown";
import { type Technique, techniquePaths } from "#site/technique";

/** A technique's page as Markdown. */
export const getStaticPaths = techniquePaths;

export const GET: APIRoute<{ technique: Technique }> = async ({ props }) =>
  new Response(await pageMarkdown(props.technique));
