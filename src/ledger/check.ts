import { parseArgs } from "node:util";
import type { Mistake } from "#lab/claim";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { disagreements } from "#ledger/agreement";
import { sourceHash } from "#ledger/hash";
import { ledgerOf, shownRun } from "#ledger/library";
import { tryMistake } from "#ledger/trial";
import { runInNode } from "#notebook/node";
import { notebookSlugs, readNotebook } from "#notebook/source";

/*
 * `npm run check [-- slug… --device wasm --scale full]`: runs notebooks and their mistakes again, and compares with what
 * is recorded. Prints a table; exits with 1 when anything disagrees, with what to do.
 */

interface Row {
  slug: string;
  device: string;
  claims: string;
  mistakes: string;
  seconds: string;
}

async function check(
  slug: string,
  device: DeviceName,
  scale: Scale,
): Promise<{ row: Row; problems: string[] }> {
  const problems: string[] = [];
  const ledger = ledgerOf(slug);
  const recorded = ledger && shownRun(ledger);
  const { text } = readNotebook(slug);
  const run = await runInNode(slug, text, { device, scale });
  if (!recorded) problems.push(`nothing is recorded: npm run record -- ${slug}`);
  else problems.push(...disagreements(recorded.claims, run.claims));
  if (ledger && ledger.source !== (await sourceHash(slug))) {
    problems.push(
      `the notebook, or the lab below it, changed since it was recorded: npm run record -- ${slug}`,
    );
  }
  const mistakes = (run.scope.mistakes as Mistake[] | undefined) ?? [];
  let caught = 0;
  for (const mistake of mistakes) {
    try {
      await tryMistake(slug, text, mistake, device);
      caught++;
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const held = run.claims.filter(({ verdict }) => verdict === "holds").length;
  const judged = run.claims.filter(({ verdict }) => verdict !== "reported").length;
  const row = {
    slug,
    device: run.device.name,
    claims: `${held} of ${judged} held, ${run.claims.length - judged} not judged`,
    mistakes: `${caught} of ${mistakes.length} caught`,
    seconds: run.seconds.toFixed(1),
  };
  return { row, problems };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string", default: "wasm" }, scale: { type: "string", default: "full" } },
});
const rows: Row[] = [];
for (const slug of positionals.length > 0 ? positionals : notebookSlugs()) {
  const { row, problems } = await check(slug, values.device as DeviceName, values.scale as Scale);
  rows.push(row);
  for (const problem of problems) console.error(`${slug}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
console.table(rows);
// A GPU's instance keeps the process alive for as long as it lives.
process.exit();
