import { diffLines } from "diff";

/** Two versions of a cell's code, line by line: what went, what came, and a little of what stayed. */
export function differenceOf(before: string, after: string): HTMLElement {
  const element = document.createElement("pre");
  element.className = "difference";
  element.tabIndex = 0;
  for (const { value, added, removed } of diffLines(`${before}\n`, `${after}\n`)) {
    const lines = value.split("\n").slice(0, -1);
    if (added || removed) {
      element.append(...lines.map((line) => marked(added ? "ins" : "del", line)));
    } else element.append(around(lines).join(""));
  }
  return element;
}

function marked(tag: "ins" | "del", line: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = `${line}\n`;
  return element;
}

/** The lines next to a change; those between two changes, when they are few. */
function around(lines: string[]): string[] {
  const told = (line: string) => `  ${line}\n`;
  if (lines.length <= 6) return lines.map(told);
  return [...lines.slice(0, 3).map(told), "  …\n", ...lines.slice(-3).map(told)];
}
