import { expect, test } from "vitest";
import { formula, textWithMath, textWithoutMath } from "#site/mathematics";

test("text is escaped and only $…$ is set", () => {
  const html = textWithMath('a < b & $x^2$ "c"');
  expect(html).toMatch(/^a &lt; b &amp; <span class="katex">/);
  expect(html).toMatch(/<\/span> &quot;c&quot;$/);
  expect(html).toContain("<msup><mi>x</mi><mn>2</mn></msup>");
});

test("text without math is the same text with TeX's marks off", () => {
  expect(textWithoutMath("rank $r$, $W^{\\star}$ & $\\mathrm{LN}$")).toBe("rank r, W^star & LN");
});

test("a formula that does not parse is an error that names it", () => {
  expect(() => formula("\\frac{1}")).toThrow(
    /formula: expected TeX that KaTeX can set, got "\\frac\{1\}".*mend the formula/,
  );
});
