import type { Bound, Claim, Verdict } from "#lab/claim";
import type { ControlValue } from "#lab/control";
import type { Device } from "#lab/device";
import type { Scale } from "#lab/session";
import { boundText } from "#ledger/bound";
import { readableNumber } from "#lab/figure/quantity";
import type { NotebookFacts } from "#panel/facts";
import { VERDICTS } from "#ledger/verdict";

/** What a run on the reader's machine measured, to be handed on: as JSON it is this very object. */
export interface Receipt {
  technique: string;
  page: string;
  /** ISO 8601, with the time. */
  date: string;
  device: string;
  adapter: string;
  browser: string;
  scale: Scale;
  versions: Record<string, string>;
  /** SHA-256 of the published notebook and of the lab that it imports. */
  source: string;
  /** Code cells that were not run as published. */
  edited: number[];
  /** The common mistake that was made on purpose. */
  mistake?: string;
  /** Controls that were not where the recorded run has them. */
  controls: Record<string, ControlValue>;
  claims: ReceiptClaim[];
}

/** A claim as measured here, beside the recorded run. */
export interface ReceiptClaim {
  id: string;
  says: string;
  bound: Bound;
  measured: number;
  unit: string;
  verdict: Verdict;
  /** The recorded run's number. */
  recorded?: number;
}

/** A receipt as Markdown, for an issue or a page of one's own. */
export function receiptMarkdown(receipt: Receipt): string {
  const { technique, page, date, device, adapter, browser, scale, versions, source } = receipt;
  const changed = [
    receipt.edited.length > 0 ? `edited cells: ${receipt.edited.join(", ")}` : "",
    receipt.mistake ? `mistake made on purpose: ${receipt.mistake}` : "",
    ...Object.entries(receipt.controls).map(([id, value]) => `${id} = ${value}`),
  ].filter(Boolean);
  const rows = receipt.claims.map(({ id, says, bound, measured, unit, verdict, recorded }) =>
    [
      `[${cell(says)}](${page}#claim-${id})`,
      `${boundText(bound)}`,
      recorded === undefined ? "" : readableNumber(recorded),
      readableNumber(measured),
      cell(unit),
      VERDICTS[verdict],
    ].join(" | "),
  );
  return [
    `### ${technique}, run on ${device}`,
    "",
    `- page: ${page}`,
    `- date: ${date}`,
    `- device: ${device}, ${adapter}`,
    `- browser: ${browser}`,
    `- size: ${scale}`,
    `- code: ${changed.length > 0 ? changed.join("; ") : "as published"}`,
    `- source: ${source}`,
    `- versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
    "",
    "| claim | bound | recorded | here | unit | verdict |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}

/** A text that cannot end its cell of the table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** What a run on this machine was. */
export interface MeasuredRun {
  claims: readonly Claim[];
  device: Device;
  scale: Scale;
  controls: Record<string, ControlValue>;
  edited: number[];
  mistake: string | undefined;
}

/** The receipt of a run in this browser, on this page. */
export function receiptOf(facts: NotebookFacts, run: MeasuredRun): Receipt {
  const { technique, source, versions, says, recorded } = facts;
  const { device, scale, edited, mistake, controls } = run;
  return {
    technique,
    page: location.origin + location.pathname,
    date: new Date().toISOString(),
    device: device.name,
    adapter: device.adapter,
    browser: navigator.userAgent,
    scale,
    versions,
    source,
    edited,
    ...(mistake && { mistake }),
    controls,
    claims: run.claims.map(({ id, bound, measured, unit, verdict }) => ({
      id,
      says: says[id] ?? id,
      bound,
      measured,
      unit,
      verdict,
      recorded: recorded[scale]?.find((claim) => claim.id === id)?.measured,
    })),
  };
}
