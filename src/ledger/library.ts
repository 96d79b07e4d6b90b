import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Ledger, RecordedRun } from "#ledger/ledger";

/** The path of a technique's ledger, from the project's root. */
export function ledgerFile(slug: string): string {
  return join("content/ledger", `${slug}.json`);
}

/**
 * What the recorded runs of a technique measured; undefined when none was recorded.
 * @throws when the file is not JSON, naming it and the command that writes it anew
 */
export function ledgerOf(slug: string): Ledger | undefined {
  const file = ledgerFile(slug);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Ledger;
  } catch (error) {
    throw new Error(
      `${file}: expected JSON, found ${(error as Error).message}: run "npm run record ${slug}"`,
    );
  }
}

/** The run that a page shows: the first at full size. */
export function shownRun(ledger: Ledger): RecordedRun | undefined {
  return ledger.runs.find(({ scale }) => scale === "full");
}
