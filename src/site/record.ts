import { z } from "astro/zod";
import { ledgerOf, shownRun } from "#ledger/library";
import { statuses } from "#ledger/status";
import { textWithoutMath } from "#site/mathematics";
import { address } from "#site/link";
import type { Technique } from "#site/technique";

/*
 * A technique as data: what `/t/<slug>.json` and `/techniques.json` hold, results that failed included. The schema is
 * published as JSON Schema beside them, its descriptions being the documentation.
 */

const verdict = z.enum(["holds", "fails", "reported"]);
const texts = z.array(z.string());

const claimSchema = z
  .strictObject({
    id: z.string().describe("In kebab-case; #claim-<id> is its anchor on the page."),
    url: z.string(),
    says: z.string().describe("The sentence that must be true."),
    paper: z.string().describe("What the paper reports, and where."),
    boundFrom: z.string().describe("Where the bound comes from, and which seed is judged."),
    kind: z
      .enum(["identity", "count", "ordering", "trend"])
      .describe(
        "Two computations agree; an exact number; one is better than another; a quantity has a shape.",
      ),
    measured: z.number().describe("What the recorded run measured; never the paper's number."),
    unit: z.string(),
    bound: z
      .union([
        z.strictObject({ atMost: z.number() }),
        z.strictObject({ atLeast: z.number() }),
        z.strictObject({ exactly: z.number() }),
        z.strictObject({ between: z.tuple([z.number(), z.number()]) }),
      ])
      .describe("What is asked of the number."),
    tolerance: z
      .number()
      .optional()
      .describe("How far another run's number may lie from it, relative to it."),
    verdict,
    details: z
      .record(z.string(), z.number())
      .optional()
      .describe("The parts of the number, such as each seed's."),
  })
  .describe("One claim of a technique, checked by its notebook.");

const runSchema = z
  .strictObject({
    date: z.iso.date(),
    commit: z.string(),
    device: z.string(),
    adapter: z.string().describe("The hardware or software behind the device."),
    seconds: z.number(),
    versions: z.record(z.string(), z.string()),
  })
  .describe("The recorded run, at full size, that the claims' numbers are from.");

export const recordSchema = z
  .strictObject({
    slug: z.string(),
    url: z.string().describe("The page; from the site's root where the build does not know its host."),
    name: z.string().describe("The short name that people use."),
    aliases: texts,
    title: z.string().describe("The paper's title, without TeX's marks."),
    summary: z
      .string()
      .optional()
      .describe("What the technique changes, in one sentence; may hold TeX between dollars."),
    family: z.strictObject({ slug: z.string(), name: z.string() }),
    modality: texts,
    year: z.int().optional(),
    arxiv: z.string().optional().describe("The identifier without version."),
    venue: z.string().optional(),
    code: z.string().optional().describe("The authors' code."),
    saves: texts.describe("What it needs less of than the usual way."),
    trainableParameters: z.string().optional(),
    inferenceOverhead: z.string().optional(),
    mergeable: z.boolean().optional(),
    useWhen: texts,
    avoidWhen: texts,
    keywords: texts,
    related: z.array(z.strictObject({ slug: z.string(), why: z.string() })),
    status: z
      .enum(statuses)
      .describe("Worst claim first: one that fails is enough to take “reproduced” away."),
    checked: runSchema.optional(),
    claims: z.array(claimSchema),
    markdown: z.string().describe("The page as Markdown."),
    notebook: z.string().optional().describe("The notebook's source."),
    embed: z.string().describe("A page for an iframe."),
    badge: z.string().describe("The status as a picture (SVG)."),
  })
  .describe("A technique.");
export type TechniqueRecord = z.infer<typeof recordSchema>;

export const listSchema = z.strictObject({
  $schema: z.string(),
  techniques: z.array(recordSchema),
});

/** A technique as data; throws where the schema is not met, which the published files would break too. */
export function recordOf({ slug, name, title, data, family, status }: Technique): TechniqueRecord {
  const ledger = ledgerOf(slug);
  const run = ledger && shownRun(ledger);
  const { aliases, summary, modality, year, arxiv, venue, code, saves, keywords, related } = data;
  const { trainableParameters, inferenceOverhead, mergeable, useWhen = [], avoidWhen = [] } = data;
  const claims = data.claims.flatMap((words) => {
    const measured = run?.claims.find(({ id }) => id === words.id);
    return measured ? [{ ...words, url: address(`/t/${slug}/#claim-${words.id}`), ...measured }] : [];
  });
  const record = {
    slug,
    url: address(`/t/${slug}/`),
    name,
    aliases,
    title: textWithoutMath(title),
    summary,
    family: { slug: family.slug, name: family.name },
    ...{ modality, year, arxiv, venue, code, saves, trainableParameters, inferenceOverhead, mergeable },
    ...{ useWhen, avoidWhen, keywords, related, status },
    checked: run && {
      ...{ date: run.date, commit: run.commit, device: run.device, adapter: run.adapter },
      ...{ seconds: run.seconds, versions: run.versions },
    },
    claims,
    markdown: address(`/t/${slug}.md`),
    notebook: run && address(`/notebooks/${slug}.ts`),
    embed: address(`/embed/${slug}/`),
    badge: address(`/badge/${slug}.svg`),
  };
  return recordSchema.parse(record);
}
