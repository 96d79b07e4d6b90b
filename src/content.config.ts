import { existsSync } from "node:fs";
import { defineCollection } from "astro/content/config";
import { glob } from "astro/loaders";
import { z } from "astro/zod";
import { mistakeSchema, statementSchema } from "#ledger/stated";

/** What a technique works on; `any` for a method that does not depend on the kind of data. */
export const modalities = ["any", "text", "vision", "multimodal", "audio", "tabular", "3d"] as const;

/** What a technique needs less of than the usual way. */
export const savings = [
  "trainable parameters",
  "training FLOPs",
  "training memory",
  "inference FLOPs",
  "latency",
  "storage",
  "labelled data",
] as const;

/** A text that is not empty; `what` says what to write when it is. */
const text = (what: string) =>
  z
    .string({ error: `expected ${what}; write it in the page's frontmatter` })
    .trim()
    .min(1, `is empty; write ${what}`);

/** One of `values`; the message names them all. */
const oneOf = <const Values extends readonly [string, ...string[]]>(what: string, values: Values) =>
  z.enum(values, {
    error: ({ input }) =>
      `expected ${what}: ${values.join(", ")}; got ${JSON.stringify(input)}. Correct it, or add a new value to src/content.config.ts`,
  });

const slug = (what: string) =>
  text(what).regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    `expected ${what} in lower case with hyphens, such as curse-of-depth`,
  );

const webAddress = z.url({ protocol: /^https?$/, error: "expected an address that starts with https://" });

/** content/techniques/<slug>.mdx. The file's name is the technique's slug, for ever: it is the address of the page. */
export const techniqueSchema = z.strictObject({
  /** The paper's title as its seed document has it, in readable text: it joins the page with its seed entry. */
  title: text("the title of the seed entry"),
  /** The short name that people use: `Hedgehog`. */
  name: text("the short name"),
  /** Other names and acronyms under which it is searched: `LNS`. */
  aliases: z.array(text("another name")).default([]),
  /** One sentence on what the technique changes, in our words. */
  summary: text("one sentence on what the technique changes").optional(),
  /** The slug of its family: a file in content/families/. */
  family: slug("the slug of a family").refine((family) => existsSync(`content/families/${family}.mdx`), {
    error: ({ input }) =>
      `there is no content/families/${String(input)}.mdx; correct the slug, or write that page for a new family`,
  }),
  /** What the technique works on. */
  modality: z.array(oneOf("a modality", modalities)).default([]),
  /** Year in which the paper first appeared; a seed document may show a later version's date. */
  year: z.int().min(1950).max(2100).optional(),
  /** arXiv identifier without version, in quotation marks: "2502.05795". */
  arxiv: z
    .string({ error: 'expected an arXiv identifier in quotation marks, such as "2502.05795"' })
    .regex(
      /^(\d{4}\.\d{4,5}|[\w.-]+\/\d{7})$/,
      'expected an identifier without version, such as "2502.05795"',
    )
    .optional(),
  /** Where it was published, with what is not certain about it in brackets. */
  venue: text("the venue").optional(),
  /** The authors' code or project page. */
  code: webAddress.optional(),
  /** What it needs less of; empty when the paper claims no saving or nobody has noted one yet. */
  saves: z.array(oneOf("what is saved", savings)).default([]),
  /** Words under which a reader might look for it, symbols and acronyms included. */
  keywords: z.array(text("a keyword")).default([]),
  /** Techniques that a reader of this page should know of, the closest first, and why; `$…$` is math. */
  related: z
    .array(
      z.strictObject({
        /** The slug of another technique's page. */
        slug: slug("the slug of a related technique"),
        /** What relates the two, as a phrase; empty when nobody has written it yet. */
        why: z.string().default(""),
      }),
    )
    .default([]),
  /** Number of trainable parameters as a formula: `$2 r d_{\text{model}}$ per layer`. */
  trainableParameters: text("a formula").optional(),
  /** What inference costs beside the plain model: `none after merging`. */
  inferenceOverhead: text("the overhead").optional(),
  /** Whether what is trained can be folded into the weights, so that inference costs nothing. */
  mergeable: z.boolean().optional(),
  /** Situations for which the technique is a good choice. */
  useWhen: z.array(text("a situation")).optional(),
  /** Situations for which another is better, naming it. */
  avoidWhen: z.array(text("a situation")).optional(),
  /** The words of the notebook's claims, in the order in which a reader should see them. */
  claims: z.array(statementSchema).default([]),
  /** Ways to get the method wrong, each of which the claims that it names must catch. */
  mistakes: z.array(mistakeSchema).default([]),
});

/** content/families/<slug>.mdx: techniques that share an idea. */
export const familySchema = z.strictObject({
  /** The family's name in lower case: `low-rank adapters`. */
  name: text("the family's name"),
  /** One or two sentences on what its members share. */
  summary: text("one or two sentences on what the members share"),
  /** The family's place in lists, from 1. */
  order: z.int({ error: "expected the family's place in lists, a whole number" }).min(1),
});

/** content/guides/<slug>.mdx: how this site is used, not what it is about. */
export const guideSchema = z.strictObject({
  title: text("the guide's title"),
  /** One or two sentences on what the guide answers. */
  summary: text("what the guide answers"),
});

export const collections = {
  techniques: defineCollection({
    loader: glob({ base: "./content/techniques", pattern: "*.mdx" }),
    schema: techniqueSchema,
  }),
  families: defineCollection({
    loader: glob({ base: "./content/families", pattern: "*.mdx" }),
    schema: familySchema,
  }),
  guides: defineCollection({
    loader: glob({ base: "./content/guides", pattern: "*.mdx" }),
    schema: guideSchema,
  }),
};
