import type { APIRoute } from "astro";
import { labBundle } from "#notebook/lab-bundle";
import { jupyterJson, starboardText } from "#notebook/outside";
import { notebookSlugs, readNotebook, type NotebookSource } from "#notebook/source";
import { href } from "#site/link";

/** Each notebook as a file, at an address that stays: its source, Starboard's format, Jupyter's; and the lab for them. */
const FORMATS: Record<string, (notebook: NotebookSource, site: string) => string> = {
  ts: ({ text }) => text,
  nb: starboardText,
  ipynb: jupyterJson,
};

/** Where `npm start` serves the site, when the build was not told where it will live. */
const HERE = "http://localhost:4321";

export function getStaticPaths() {
  const notebooks = notebookSlugs().flatMap((slug) =>
    Object.keys(FORMATS).map((format) => ({
      params: { file: `${slug}.${format}` },
      props: { slug, format },
    })),
  );
  return [...notebooks, { params: { file: "lab.js" }, props: {} }];
}

export const GET: APIRoute = async ({ props, site }) => {
  const { slug, format } = props as { slug?: string; format?: string };
  if (!slug || !format) return new Response(await labBundle());
  const address = (site?.href ?? HERE).replace(/\/$/, "") + href("/");
  return new Response(FORMATS[format]!(readNotebook(slug), address));
};
