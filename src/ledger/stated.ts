import { readFileSync } from "node:fs";
import { z } from "astro/zod";
import type { Claim } from "#lab/claim";
import type { Mistake } from "#notebook/mistake";
import { frontmatterOf } from "#seeds/technique-page";

/*
 * What a technique's page states about its notebook, in its frontmatter: the words of each claim, and the common mistakes.
 * The notebook measures; the page says what that means.
 */

const id = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected an id in kebab-case, such as adds-no-parameters");

const words = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .trim()
    .min(1, `is empty; write ${what}`);

/** A claim in words; its number, kind and bound are the notebook's. */
export const statementSchema = z.strictObject({
  /** The id of one of the notebook's claims. */
  id,
  /** The sentence that must be true. */
  says: words("the sentence that must be true"),
  /** What the paper reports, and where. */
  paper: words("what the paper reports"),
  /** Where the bound comes from, and which seed is judged. */
  boundFrom: words("where the bound comes from"),
});
export type Statement = z.infer<typeof statementSchema>;

/** A common mistake: see `Mistake` for each field. */
export const mistakeSchema = z.strictObject({
  id,
  name: words("what one does wrong, as a short imperative"),
  find: z.string().min(1, "expected exact source text of the notebook that occurs once"),
  replace: z.string(),
  breaks: z.array(id).min(1, "expected the ids of the claims that it breaks"),
  why: words("why the edit is wrong"),
  scale: z.enum(["quick", "full"]).optional(),
}) satisfies z.ZodType<Mistake>;

/** The claims' words and the mistakes of one page. */
export interface Stated {
  claims: Statement[];
  mistakes: Mistake[];
}

const statedSchema = z.object({
  claims: z.array(statementSchema).default([]),
  mistakes: z.array(mistakeSchema).default([]),
});

/**
 * What the page of a technique states; nothing where there is no such page or it states nothing.
 * @throws when a field is missing or malformed, naming the page and the field
 */
export function statedOn(slug: string, folder = "content/techniques"): Stated {
  const file = `${folder}/${slug}.mdx`;
  const { data, error } = statedSchema.safeParse(frontmatterOf(readFileSync(file, "utf8"), file));
  if (data) return data;
  const { path, message } = error.issues[0]!;
  throw new Error(`${file}: ${path.join(".")}: ${message}`);
}

/** What keeps a page's words and a run's claims from belonging together, one sentence for each. */
export function unmatched(
  slug: string,
  stated: Pick<Statement, "id">[],
  claims: Pick<Claim, "id">[],
): string[] {
  const [said, measured] = [stated, claims].map((all) => new Set(all.map(({ id }) => id)));
  const page = `content/techniques/${slug}.mdx`;
  return [
    ...claims
      .filter((claim) => !said!.has(claim.id))
      .map(
        (claim) =>
          `${page}: claims: expected the words of "${claim.id}", which the notebook measures: add them`,
      ),
    ...stated
      .filter((claim) => !measured!.has(claim.id))
      .map(
        (claim) =>
          `${page}: claims: expected "${claim.id}" among the notebook's claims: measure it, or take it out`,
      ),
  ];
}
