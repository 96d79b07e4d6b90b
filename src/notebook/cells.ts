/** A cell of a notebook: a run of lines under one `// %%` marker. */
export interface Cell {
  /** 1-based position among the code cells (for "cell 3"), or among the prose cells. */
  number: number;
  type: "code" | "prose";
  /** TypeScript of a code cell, exactly as in the file; Markdown of a prose cell. */
  source: string;
  /** 1-based line of the file on which `source` begins. */
  line: number;
}

/** A notebook's text does not follow the percent format. The message names file, line, and what to do. */
export class CellError extends Error {
  override name = "CellError";
  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
  }
}

const MARKER = /^\/\/ %%(.*)$/;

/**
 * The cells of a notebook in order, from its percent-format text. Prose lines lose their `// `; blank lines
 * around a cell are not part of it.
 * @param text the notebook's source
 * @param file the name used in errors
 * @throws CellError on text before the first marker, an unknown cell type, an uncommented line in prose,
 * an empty cell, or a notebook without cells
 */
export function parseCells(text: string, file: string): Cell[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  const cells: Cell[] = [];
  let start = lines.findIndex((line) => MARKER.test(line));
  const stray = lines.slice(0, start < 0 ? undefined : start).findIndex((line) => line.trim() !== "");
  if (stray >= 0) {
    throw new CellError(
      file,
      stray + 1,
      `expected the first cell to begin with "// %%", found "${lines[stray]}": put a "// %%" line above it`,
    );
  }
  if (start < 0)
    throw new CellError(file, 1, `expected at least one cell that begins with "// %%", found none`);
  while (start < lines.length) {
    const next = lines.findIndex((line, i) => i > start && MARKER.test(line));
    const end = next < 0 ? lines.length : next;
    const type = cellType(lines[start] ?? "", file, start + 1);
    let first = start + 1;
    let last = end;
    while (first < last && lines[first]?.trim() === "") first++;
    while (last > first && lines[last - 1]?.trim() === "") last--;
    if (first === last)
      throw new CellError(
        file,
        start + 1,
        "this cell is empty: write something below its marker or delete the marker",
      );
    const body = lines.slice(first, last);
    const source = (
      type === "prose" ? body.map((line, i) => uncomment(line, file, first + i + 1)) : body
    ).join("\n");
    const number = cells.filter((cell) => cell.type === type).length + 1;
    cells.push({ number, type, source, line: first + 1 });
    start = end;
  }
  return cells;
}

function cellType(marker: string, file: string, line: number): Cell["type"] {
  const header = (MARKER.exec(marker)?.[1] ?? "").trim();
  if (header === "") return "code";
  if (header === "[markdown]") return "prose";
  throw new CellError(file, line, `expected "// %%" or "// %% [markdown]", found "${marker}"`);
}

function uncomment(line: string, file: string, number: number): string {
  if (line === "//" || line.trim() === "") return "";
  if (line.startsWith("// ")) return line.slice(3);
  throw new CellError(
    file,
    number,
    `expected each line of a markdown cell to begin with "// ", found "${line}": comment it out, or start a code cell with "// %%"`,
  );
}
