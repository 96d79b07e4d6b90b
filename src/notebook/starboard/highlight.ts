/** Starboard's colours for code, fixed and for light pages only, and the tokens that the static cells use instead. */
const TOKENS: Record<string, string> = {
  "#07A": "--code-keyword",
  "#219": "--code-constant",
  "#164": "--code-constant",
  "#a11": "--code-string",
  "#b11": "--code-string",
  "#00f": "--code-ink",
  "#30a": "--code-ink",
  "#085": "--code-function",
  "#167": "--code-function",
  "#256": "--code-function",
  "#00c": "--code-ink",
  "#080": "--code-comment",
};

const byComputed = new Map(
  Object.entries(TOKENS).map(([colour, token]) => {
    const probe = new Option().style;
    probe.color = colour;
    return [probe.color, token];
  }),
);

/** Gives the editors the page's colours, in both themes, from now on: CodeMirror writes its sheet anew at any time. */
export function recolourEditors(): void {
  // Changes to a sheet's rules are no mutation of the document, so this does not call itself.
  new MutationObserver(recolour).observe(document.head, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

function recolour(): void {
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSStyleRule)) continue;
      // CodeMirror's generated classes begin with this letter; no other rule is touched.
      const token = rule.selectorText.startsWith(".ͼ") && byComputed.get(rule.style.color);
      if (token) rule.style.color = `var(${token})`;
    }
  }
}
