import katex from "katex";

const inline = /\$([^$]+)\$/g;

/**
 * HTML of a formula, with MathML for screen readers.
 *
 * @throws with the formula and KaTeX's reason when it does not parse: a formula in red on a page helps nobody.
 */
export function formula(tex: string, displayMode = false): string {
  try {
    return katex.renderToString(tex, {
      displayMode,
      output: "htmlAndMathml",
      strict: "error",
      throwOnError: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`formula: expected TeX that KaTeX can set, got "${tex}": ${reason}; mend the formula`);
  }
}

/** Text with the five characters of HTML escaped. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** HTML of one line or paragraph of text in which only `$…$` is markup. */
export function textWithMath(text: string): string {
  let html = "";
  let end = 0;
  for (const match of text.matchAll(inline)) {
    html += escapeHtml(text.slice(end, match.index)) + formula(match[1] ?? "");
    end = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(end));
}

/** The same text for places that hold no markup (document title, description, search): TeX's marks taken off. */
export function textWithoutMath(text: string): string {
  return text.replace(inline, (_, tex: string) =>
    tex.replace(/\\(?:mathrm|mathbf|text|mathcal|mathbb)\s*/g, "").replace(/[{}\\]/g, ""),
  );
}
