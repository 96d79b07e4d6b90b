import type { APIRoute } from "astro";
import { families } from "#site/family";
import { address } from "#site/link";
import { textWithoutMath } from "#site/mathematics";
import { techniques } from "#site/technique";

/** What the site holds, for language models (llmstxt.org): every technique's Markdown page, by family. */
export const GET: APIRoute = async () => {
  const all = await techniques();
  const sections = (await families()).map(({ slug, name, summary }) => {
    const members = all.filter(({ family }) => family.slug === slug);
    const lines = members.map(({ slug, name, title, data, status }) => {
      const about = textWithoutMath(data.summary ?? title);
      return `- [${name}](${address(`/t/${slug}.md`)}): ${about} Status: ${status}.`;
    });
    return `## ${name}\n\n${summary}\n\n${lines.join("\n")}`;
  });
  const head = `# Benchtop

> ${all.length} deep-learning techniques: what each changes and saves, and, where a notebook is built, which of the paper's claims held when its core computation was run again at small scale, with numbers.

A number measured here is never the paper's benchmark number. Data of all techniques: [JSON](${address("/techniques.json")}), described by a [JSON Schema](${address("/techniques.schema.json")}). All pages in one file: [llms-full.txt](${address("/llms-full.txt")}).`;
  return new Response(`${[head, ...sections].join("\n\n")}\n`);
};
