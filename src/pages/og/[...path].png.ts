import type { APIRoute } from "astro";
import { countHeld } from "#ledger/status";
import { badgeColours } from "#site/badge";
import { families } from "#site/family";
import { textWithoutMath } from "#site/mathematics";
import { type Card, picture } from "#site/picture";
import { recordOf } from "#site/record";
import { type Technique, techniques } from "#site/technique";

/** The OpenGraph pictures: one for each technique and family, and one for all other pages. */
export async function getStaticPaths() {
  // Pages can name their pictures only with the site's own address.
  if (!import.meta.env.SITE) return [];
  const all = await techniques();
  const site: Card = {
    over: "Deep-learning techniques, re-run in your browser",
    name: "Benchtop",
    about: "What each method changes and saves, and which of the paper’s claims held when it was run again.",
    facts: [`${all.length} techniques`],
  };
  const groups = (await families()).map((family): [string, Card] => {
    const members = all.filter((technique) => technique.family.slug === family.slug);
    const facts = [`${members.length} techniques`];
    return [`families/${family.slug}`, { over: "A family", name: family.name, about: family.summary, facts }];
  });
  const single = all.map((technique): [string, Card] => [`t/${technique.slug}`, cardOf(technique)]);
  return [["benchtop", site] as [string, Card], ...groups, ...single].map(([path, card]) => ({
    params: { path },
    props: { card },
  }));
}

function cardOf(technique: Technique): Card {
  const { name, title, family, data, status } = technique;
  const { held, of } = countHeld(recordOf(technique).claims);
  const words = of > 0 ? `${status}: ${held} of ${of} claims hold` : status;
  const known = [data.year?.toString(), data.arxiv && `arXiv ${data.arxiv}`];
  return {
    over: family.name,
    name,
    about: textWithoutMath(data.summary ?? title),
    facts: known.filter((fact) => fact !== undefined),
    status: { words, colour: badgeColours[status] },
  };
}

export const GET: APIRoute<{ card: Card }> = async ({ props }) =>
  new Response(await picture(props.card), { headers: { "content-type": "image/png" } });
