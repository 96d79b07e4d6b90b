import { createMarkdownProcessor, rehypeHeadingIds } from "@astrojs/markdown-remark";
import remarkMath from "remark-math";
import { rehypeBase, rehypeHeadingPrefix, rehypeMath, rehypeTables } from "#site/markdown";

const processor = await createMarkdownProcessor({
  remarkPlugins: [remarkMath],
  rehypePlugins: [
    rehypeHeadingIds,
    rehypeHeadingPrefix,
    rehypeMath,
    rehypeTables,
    [rehypeBase, import.meta.env.BASE_URL],
  ],
  syntaxHighlight: false,
});

/**
 * HTML of a piece of Markdown, such as a notebook's prose cell; mathematics and rooted links as on pages. `$$…$$` alone
 * on a line is a displayed equation, as in other notebooks; remark-math wants its marks on lines of their own.
 */
export async function renderProse(markdown: string): Promise<string> {
  const fenced = markdown.replace(/^\$\$(.+)\$\$$/gm, (_, formula: string) => `\n$$\n${formula}\n$$\n`);
  return (await processor.render(fenced)).code;
}
