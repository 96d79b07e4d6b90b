import type { APIRoute } from "astro";
import { pageMarkdown } from "#site/page-markdown";
import { techniques } from "#site/technique";

/** All techniques' pages in one text, for language models. */
export const GET: APIRoute = async () => {
  const pages = await Promise.all((await techniques()).map(pageMarkdown));
  return new Response(pages.join("\n---\n\n"));
};
