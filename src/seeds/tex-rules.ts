import { escapedTeX, inlineMath, scripted } from "#seeds/tex-math";
import { abbreviations, accents, greekNames, script, symbols } from "#seeds/tex-symbols";

/** What a rule makes of a match; later rules do not look into a final text. */
interface Readable {
  text: string;
  final?: boolean;
}

/** One kind of TeX left-over: what it looks like, and what it becomes. `title` is the title of the paper. */
interface Rule {
  find: RegExp;
  to: (match: (string | undefined)[], title: string) => Readable;
}

/** A rule whose result is the first group of its match, or the text that `write` makes of the groups. */
function rewrite(find: RegExp, write: (...groups: string[]) => string = (first) => first ?? ""): Rule {
  return { find, to: ([, ...groups]) => ({ text: write(...groups.map((group) => group ?? "")) }) };
}

/** The macro `name` in words: a word of the title that differs in capitals only, else the name itself. */
function spelling(name: string, title: string): string {
  const same = (word: string) => word.toLowerCase() === name.toLowerCase();
  return title.match(/[\p{L}\p{N}-]+/gu)?.find(same) ?? name;
}

/**
 * The rules in their order. Emphasis becomes plain text: titles and abstracts are shown as text, not as Markdown.
 * Tildes stay (papers write ~10%), and so do braces that belong to the text ({BoolQ, SST2}).
 */
export const rules: readonly Rule[] = [
  // github.com/owner/PETL AST. → …/PETL_AST. : an underscore, as a subscript, was lost in the last words of a text.
  rewrite(/(https?:\/\/github\.com\/[\w.-]+\/[\w-]+) (?=[A-Z]{2,}\.$)/g, (address) => `${address}_`),
  // https://… : never touched.
  { find: /https?:\/\/[^\s<>"]+/g, to: ([address = ""]) => ({ text: address, final: true }) },
  // $2times$, \(^2\), $O(n^2)$ : what Unicode can say as text, the rest as $…$. Amounts ($5 and $6) are no math.
  {
    find: /\$(?!\s)([^$]*?(?:\\[A-Za-z]|[\^_])[^$]*?|[^$]+?(?=\$(?!\d)))(?<![\s\\])\$|\\\((.+?)\\\)/g,
    to: ([, dollars, parentheses]) => inlineMath((dollars ?? parentheses ?? "").trim()),
  },
  // W^star → $W^\star$, W_V → $W_V$, H_2O → H₂O, S^{2}FT → S²FT : one letter with sub- or superscripts.
  {
    find: /(?<![\p{L}\p{N}_\\])(\p{L})((?:[_^](?:\{[^{}]*\}|\\?[A-Za-z]+|\d+))+)/gu,
    to: ([, base = "", scripts = ""]) => scripted(base, scripts),
  },
  // 10^{-3} → 10⁻³ : a power of anything else.
  rewrite(/(?<=[\p{L}\p{N})\]])\^(?:\{([+-]?\d+)\}|(\d+))/gu, (braced, bare) =>
    script("^", braced || bare || ""),
  ),
  // alpha B A / r → $\alpha B A / r$ : a Greek name followed by symbols was math.
  {
    find: new RegExp(`(?<!\\\\)\\b(${greekNames.join("|")})((?: [A-Z]\\b| / [A-Za-z]\\b){2,})`, "g"),
    to: ([, name, rest]) => ({ text: `$\\${name}${rest}$`, final: true }),
  },
  // 3times → 3×, sim0.01% → ~0.01% : names that touch a number; "10 times", "similar" and "simple" are words.
  rewrite(
    /(?<=\d)(times)(?![A-Za-z])|(?<![A-Za-z\\])(sim|approx|leq|geq)(?=\d)/g,
    (after, before) => symbols[after || before] ?? "",
  ),
  // "\\", "\ ", "\," → a space.
  rewrite(/\\[\\ ,;!]\s*/g, () => " "),
  // G\"odel → Gödel.
  rewrite(/\\([`'^~"=.])(?:\{([A-Za-z])\}|([A-Za-z]))/g, (accent, braced, bare) =>
    `${braced || bare}${accents[accent]}`.normalize("NFC"),
  ),
  // \textit{how to finetune} → how to finetune. Twice, for emphasis within emphasis.
  ...[1, 2].map(() =>
    rewrite(/\\(?:text(?:it|bf|tt|sc|rm|sf|up)?|emph|underline|math(?:rm|bf|it|sf|tt))\{([^{}]*)\}/g),
  ),
  // \ie → i.e., \eg → e.g.; a full stop or empty braces after the macro are part of it.
  rewrite(
    new RegExp(`\\\\(${Object.keys(abbreviations).join("|")})(?![A-Za-z])(?:\\{\\})?\\.?`, "g"),
    (name) => abbreviations[name] ?? name,
  ),
  // \% → %, \& → &, \{ → {.
  rewrite(escapedTeX),
  // ``skills,'' → “skills,” and `a' → ‘a’.
  rewrite(/``(.+?)''/g, (words) => `“${words}”`),
  rewrite(/(?<![\p{L}`])`([^`']+)'(?!\p{L})/gu, (words) => `‘${words}’`),
  // \approx → ≈ and, with no symbol of that name, \hiformer → Hiformer as the title has it.
  {
    find: /\\([A-Za-z]+)(?:\{\})?/g,
    to: ([, name = ""], title) => ({ text: symbols[name] ?? spelling(name, title) }),
  },
  // word -- word → word – word, 10--20 → 10–20.
  rewrite(/(?<=\s)(---?)(?=\s)|(?<=\d)(--)(?=\d)/g, (dash, range) => ((dash || range) === "---" ? "—" : "–")),
];
