import type { APIRoute } from "astro";
import { embedCode, embedSize } from "#site/embed";
import { json } from "#site/json";
import { address } from "#site/link";
import { textWithoutMath } from "#site/mathematics";
import { type Technique, techniquePaths } from "#site/technique";

/** oEmbed 1.0 (oembed.com) of a technique's page, found through the link in its head: a frame with `/embed/<slug>/`. */
export const getStaticPaths = techniquePaths;

export const GET: APIRoute<{ technique: Technique }> = ({ props: { technique } }) => {
  const { slug, name, title } = technique;
  return json({
    version: "1.0",
    type: "rich",
    provider_name: "Benchtop",
    provider_url: address("/"),
    title: `${name}: ${textWithoutMath(title)}`,
    html: embedCode(slug, name),
    ...embedSize,
  });
};
