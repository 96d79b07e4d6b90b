/** Words that a reader of a technical text takes in a minute. */
const pace = 200;

/** Minutes to read a page's prose, from its MDX: code and components count nothing, a displayed formula twenty words. */
export function readingMinutes(mdx: string): number {
  const formulas = mdx.match(/^\$\$/gm)?.length ?? 0;
  const prose = mdx
    .replace(/^```[\s\S]*?^```$/gm, " ")
    .replace(/^\$\$[\s\S]*?^\$\$$/gm, " ")
    .replace(/<[^>]*>/g, " ");
  const words = prose.match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu)?.length ?? 0;
  return Math.max(1, Math.round((words + 20 * (formulas / 2)) / pace));
}
