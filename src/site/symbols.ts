// Pointing at a symbol in an equation, or focusing it in the symbol table, marks its other uses: in equations, in the text,
// and in the code where the table says what stands for it.

interface Use {
  /** Elements that KaTeX drew. */
  drawn: Element[];
  /** Names in the code of the recorded cells. */
  code: Range[];
}

const body = document.querySelector(".technique-body")!;
const uses = new Map<string, Use>();
/** The code that stands for a whole formula of the symbol table. */
const codeOf = new Map<Element, Range[]>();

/** The atoms of a formula that stand for one symbol each: all but space, signs between, and what a script hangs on. */
function atomsOf(formula: Element): Element[] {
  const all = [...formula.querySelectorAll(".katex-base > .mord, .katex-base > .mop")];
  return all.filter((atom) => /[\p{L}]/u.test(atom.textContent));
}

/** Places of a name in the code cells, as whole words. */
function inCode(names: string[]): Range[] {
  const ranges: Range[] = [];
  const word = new RegExp(`(?<![\\w$])(${names.join("|")})(?![\\w$])`, "g");
  for (const cell of names.length > 0 ? body.querySelectorAll(".cell-source") : []) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
      for (const { index, 0: found } of (walker.currentNode.nodeValue ?? "").matchAll(word)) {
        const range = new Range();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + found.length);
        ranges.push(range);
      }
  }
  return ranges;
}

/** An atom whose script is only a transpose counts as the symbol itself. */
function keyOf(atom: Element): string {
  const [base, script] = atom.children;
  const transposed = script?.matches(".msupsub") && /^[⊤T]?\u200b?$/.test(script.textContent.trim());
  return (transposed ? base! : atom).outerHTML;
}

/** Whether it is what a script hangs on: the W of W₀ is not W; with a transpose alone it is. */
function isBase(atom: Element): boolean {
  return (
    atom.nextElementSibling?.matches(".msupsub") === true && keyOf(atom.parentElement!) !== atom.outerHTML
  );
}

/** Whether an element that KaTeX drew is one symbol: a letter or a name, with or without scripts. */
function isSymbol(atom: Element): boolean {
  const [, script] = atom.children;
  const simple = atom.children.length === 0 || (atom.children.length === 2 && script!.matches(".msupsub"));
  return simple && /\p{L}/u.test(atom.textContent) && !isBase(atom) && !atom.closest(".text");
}

for (const row of body.querySelectorAll("tr")) {
  const [symbols, , code] = row.cells;
  if (!code?.querySelector('a[href^="#cell-"]')) continue;
  const names = [...code.querySelectorAll("code")].map(({ textContent }) => textContent.trim());
  const ranges = inCode(names.filter((name) => /^\w+$/.test(name)));
  for (const formula of symbols!.querySelectorAll(".katex")) {
    codeOf.set(formula, ranges);
    // A row may name an expression of symbols that have rows of their own.
    const isExpression = formula.querySelector(".mbin, .mrel");
    for (const atom of isExpression ? [] : atomsOf(formula))
      if (!uses.has(keyOf(atom))) uses.set(keyOf(atom), { drawn: [], code: ranges });
    formula.classList.add("symbol-name");
    formula.setAttribute("tabindex", "0");
    formula.setAttribute("role", "group");
  }
}
const atoms = [...body.querySelectorAll(".katex-html .mord, .katex-html .mop")];
for (const atom of atoms)
  if (atom.closest(".equation") && isSymbol(atom) && !uses.has(keyOf(atom)))
    uses.set(keyOf(atom), { drawn: [], code: [] });
for (const atom of atoms) if (!isBase(atom)) uses.get(keyOf(atom))?.drawn.push(atom);

let marked: Element[] = [];

function mark(event: Event): void {
  for (const atom of marked) atom.classList.remove("symbol-mark");
  const target = event.target as Element;
  const formula = event.type === "focusin" ? target.closest(".symbol-name") : undefined;
  const found = (formula ? atomsOf(formula) : [atomAt(target)]).flatMap((atom) =>
    atom ? (uses.get(keyOf(atom)) ?? []) : [],
  );
  marked = found.flatMap(({ drawn }) => drawn);
  for (const atom of marked) atom.classList.add("symbol-mark");
  // An old browser marks the equations alone.
  const code = formula ? codeOf.get(formula)! : found.flatMap(({ code }) => code);
  if ("highlights" in CSS) CSS.highlights.set("symbol", new Highlight(...code));
}

/** The symbol that an element drawn by KaTeX belongs to. */
function atomAt(target: Element): Element | undefined {
  for (let atom: Element | null = target; atom?.closest(".katex-html"); atom = atom.parentElement)
    if (!isBase(atom) && uses.has(keyOf(atom))) return atom;
  return undefined;
}

if (uses.size > 0) {
  body.addEventListener("pointerover", mark);
  body.addEventListener("focusin", mark);
}

export {};
