import { parseArgs } from "node:util";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { disagreements } from "#ledger/agreement";
import { sourceHash } from "#ledger/hash";
import { ledgerOf, runOn, shownRun } from "#ledger/library";
import { recordedLately } from "#ledger/recent";
import { statedOn, unmatched } from "#ledger/stated";
import { tryMistake } from "#ledger/trial";
import { runApart } from "#notebook/apart";
import { notebookSlugs, readNotebook } from "#notebook/source";

/*
 * `npm run check [-- slug… --device wasm --scale full --recent]`: runs notebooks and their mistakes again, and compares
 * with what is recorded; `--device` may be given several times, `--recent` takes those recorded since the day before the
 * last commit. Prints a table; exits with 1 when anything disagrees, with what to do.
 */

interface Row {
  slug: string;
  device: string;
  size: Scale;
  claims: string;
  mistakes: string;
  seconds: string;
}

/** One notebook on one device: what came out, and what of it disagrees with the record. */
async function check(
  slug: string,
  device: DeviceName,
  size: Scale,
): Promise<{ row: Row; problems: string[] }> {
  const problems: string[] = [];
  const ledger = ledgerOf(slug);
  const recorded = ledger && (runOn(ledger, device, size) ?? shownRun(ledger));
  const { text } = readNotebook(slug);
  const run = await runApart(slug, text, { device, scale: size });
  if (!recorded) problems.push(`nothing is recorded: npm run record -- ${slug}`);
  else problems.push(...disagreements(recorded.claims, run.claims, recorded.scale === size));
  if (ledger && ledger.source !== (await sourceHash(slug))) {
    problems.push(
      `the notebook, or the lab below it, changed since it was recorded: npm run record -- ${slug}`,
    );
  }
  const stated = statedOn(slug);
  problems.push(...unmatched(slug, stated.claims, run.claims));
  const mistakes = stated.mistakes.filter(({ scale = "quick" }) => size === "full" || scale === "quick");
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
    device,
    size,
    claims: `${held} of ${judged} held, ${run.claims.length - judged} not judged`,
    mistakes: `${caught} of ${mistakes.length} caught`,
    seconds: run.seconds.toFixed(1),
  };
  return { row, problems };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", multiple: true, default: ["wasm"] },
    scale: { type: "string", default: "full" },
    recent: { type: "boolean", default: false },
  },
});
const asked = positionals.length > 0 ? positionals : notebookSlugs();
const rows: Row[] = [];
for (const slug of values.recent ? recordedLately(asked) : asked) {
  for (const device of values.device as DeviceName[]) {
    const { row, problems } = await check(slug, device, values.scale as Scale);
    rows.push(row);
    for (const problem of problems) console.error(`${slug} on ${device}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
console.table(rows);
