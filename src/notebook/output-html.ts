import type { Claim } from "#lab/claim";
import { type Quantity, readableNumber } from "#lab/figure/quantity";
import type { TensorView } from "#lab/figure/tensor-view";
import type { Figure } from "#lab/figure/figure";
import { boundText } from "#ledger/bound";
import { VERDICTS } from "#ledger/verdict";
import type { Displayed } from "#notebook/displayed";

/*
 * What a cell displayed, as HTML: the recorded outputs of the page and the live ones of the frame are drawn by the same
 * lines. Figures bring their own SVG; all other text is escaped.
 */

/** The HTML of what a cell displayed. */
export function outputHtml(displayed: Displayed): string {
  switch (displayed.kind) {
    case "figure":
      return figureHtml(displayed.figure);
    case "table":
      return tableHtml(displayed.table.columns, displayed.table.rows, displayed.table.title);
    case "tensor":
      return tensorHtml(displayed.tensor);
    case "quantity":
      return quantityHtml(displayed.quantity);
    case "text":
      return `<pre class="cell-value">${escapeHtml(displayed.text)}</pre>`;
  }
}

function figureHtml({ svg, title, table }: Figure): string {
  const data = table
    ? `<details class="cell-data"><summary>Data of this figure</summary>${tableHtml(table.columns, table.rows)}</details>`
    : "";
  return `<figure class="cell-figure">${svg}<figcaption>${escapeHtml(title)}</figcaption>${data}</figure>`;
}

function tableHtml(columns: readonly string[], rows: readonly (string | number)[][], title?: string): string {
  const caption = title ? `<caption>${escapeHtml(title)}</caption>` : "";
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${row.map((value) => `<td>${cellHtml(value)}</td>`).join("")}</tr>`)
    .join("");
  return `<div class="cell-table" tabindex="0" role="group" aria-label="${escapeHtml(title ?? "Table")}"><table>${caption}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cellHtml(value: string | number): string {
  return typeof value === "number" ? readableNumber(value) : escapeHtml(value);
}

function quantityHtml({ value, unit }: Quantity): string {
  return `<p class="cell-quantity"><strong>${readableNumber(value)}</strong> ${escapeHtml(unit)}</p>`;
}

function tensorHtml({ shape, dtype, statistics, notFinite, values, figure }: TensorView): string {
  const { least, greatest, mean, deviation } = statistics;
  const facts: [string, string][] = [
    ["shape", `[${shape.join(", ")}]`],
    ["type", dtype],
    ["least", readableNumber(least)],
    ["greatest", readableNumber(greatest)],
    ["mean", readableNumber(mean)],
    ["deviation", readableNumber(deviation)],
  ];
  if (notFinite > 0) facts.push(["not finite", readableNumber(notFinite)]);
  const list = facts
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join("");
  const shown = values ? `<pre class="cell-value">${values.map(readableNumber).join("  ")}</pre>` : "";
  return `<div class="cell-tensor"><dl>${list}</dl>${shown}${figure ? figureHtml(figure) : ""}</div>`;
}

/** One line for a claim that a cell measured: the verdict, the statement, the number and its bound. */
export function claimHtml(
  { id, measured, unit, bound, verdict }: Claim,
  says = id.replaceAll("-", " "),
): string {
  return (
    `<p class="cell-claim"><span class="verdict verdict-${verdict}">${VERDICTS[verdict]}</span> ${escapeHtml(says)} ` +
    `<span class="cell-claim-number">${readableNumber(measured)} ${escapeHtml(unit)} (${boundText(bound)})</span></p>`
  );
}

/** A text with the characters that HTML gives a meaning spelt out. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
