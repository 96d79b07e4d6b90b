import { execFileSync } from "node:child_process";
import { ledgerOf } from "#ledger/library";

const DAY = 24 * 60 * 60 * 1000;

/**
 * The notebooks that changed with the last commits: those recorded since the day before the last commit. A notebook that
 * changes must be recorded again, so its ledger's date tells, in a clone without history too.
 */
export function recordedLately(slugs: readonly string[]): string[] {
  const committed = execFileSync("git", ["log", "-1", "--format=%cs"], { encoding: "utf8" }).trim();
  return slugs.filter((slug) =>
    isRecent(
      (ledgerOf(slug)?.runs ?? []).map(({ date }) => date),
      committed,
    ),
  );
}

/** Whether a notebook recorded on these days is new since the day before a commit's; one never recorded is. */
export function isRecent(dates: readonly string[], day: string): boolean {
  return dates.length === 0 || dates.some((date) => Date.parse(date) >= Date.parse(day) - DAY);
}
