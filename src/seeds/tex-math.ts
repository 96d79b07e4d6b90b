import { script, symbols } from "#seeds/tex-symbols";

/** `\%`, `\&` and their like: an escaped character, in its first group. */
export const escapedTeX = /\\([%&_#{}$])/g;

const names = Object.keys(symbols).filter((name) => name.length > 2 && name !== "top" && name !== "sum");
// A name at a border that no letter crosses: 2times has one, "sometimes" none.
const lostName = new RegExp(`(?<![A-Za-z\\\\])(${names.join("|")})(?![A-Za-z])`, "g");

/**
 * The content of inline math as text where Unicode can say it (`2times` → 2×, `^2` → ², `\sim` → ~),
 * else as final `$…$` with the backslashes that its names have lost (`W^star` → `$W^\star$`).
 */
export function inlineMath(content: string): { text: string; final?: boolean } {
  const repaired = content.replace(lostName, "\\$1");
  const text = repaired
    .replace(/([_^])(?:\{([+-]?\d+)\}|(\d))/g, (_, position: string, braced?: string, bare?: string) =>
      script(position, braced ?? bare ?? ""),
    )
    .replace(/\\([A-Za-z]+)/g, (macro, name: string) => symbols[name] ?? macro)
    .replace(escapedTeX, "$1");
  // A letter is a variable, and what TeX still marks is beyond Unicode: both stay math.
  return /[\p{L}\\_^{}$]/u.test(text) ? { text: `$${repaired}$`, final: true } : { text };
}

/**
 * A letter with its sub- and superscripts: in Unicode when all are numbers (`S`, `^{2}` → S²), else final math
 * (`W`, `^star` → `$W^\star$`; a script that is a word stands upright: `W`, `_down` → `$W_{\text{down}}$`).
 */
export function scripted(base: string, scripts: string): { text: string; final?: boolean } {
  const parts = [...scripts.matchAll(/([_^])(?:\{([^{}]*)\}|([^_^{}]+))/g)].map(
    ([, position = "", braced, bare]) => ({
      position,
      content: braced ?? bare ?? "",
    }),
  );
  if (parts.every(({ content }) => /^[+-]?\d+$/.test(content)))
    return { text: base + parts.map(({ position, content }) => script(position, content)).join("") };
  const math = parts.map(({ position, content }) => {
    if (content.length === 1) return position + content;
    if (content.replace("\\", "") in symbols) return `${position}\\${content.replace("\\", "")}`;
    return /^[A-Za-z]{2,}$/.test(content) ? `${position}{\\text{${content}}}` : `${position}{${content}}`;
  });
  return { text: `$${base}${math.join("")}$`, final: true };
}
