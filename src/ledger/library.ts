import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import type { Ledger, RecordedRun } from "#ledger/ledger";
import { sealOf } from "#ledger/seal";

/** The path of a technique's ledger, from the project's root. */
export function ledgerFile(slug: string): string {
  return join("content/ledger", `${slug}.json`);
}

/**
 * What the recorded runs of a technique measured; undefined when none was recorded.
 * @throws as `parseLedger` does
 */
export function ledgerOf(slug: string): Ledger | undefined {
  const file = ledgerFile(slug);
  return existsSync(file) ? parseLedger(readFileSync(file, "utf8"), slug) : undefined;
}

/**
 * A technique's ledger from its file's text.
 * @throws when it is not JSON, or not as a run wrote it, naming the file and the command that writes it anew
 */
export function parseLedger(text: string, slug: string): Ledger {
  const file = ledgerFile(slug);
  const mend = `run "npm run record -- ${slug}"`;
  let ledger: Ledger;
  try {
    ledger = JSON.parse(text) as Ledger;
  } catch (error) {
    throw new Error(`${file}: expected JSON, found ${(error as Error).message}: ${mend}`);
  }
  if (ledger.seal !== sealOf(ledger)) {
    throw new Error(`${file}: expected what a run measured, found a file that was changed by hand: ${mend}`);
  }
  return ledger;
}

/** The run recorded on a device at a size; undefined when there is none. */
export function runOn(ledger: Ledger, device: DeviceName, scale: Scale): RecordedRun | undefined {
  return ledger.runs.find((run) => run.device === device && run.scale === scale);
}

/** The run that a page shows: the first at full size. */
export function shownRun(ledger: Ledger): RecordedRun | undefined {
  return ledger.runs.find(({ scale }) => scale === "full");
}
