import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { disagreements } from "#ledger/agreement";
import { sourceHash } from "#ledger/hash";
import { ledgerOf, runOn, shownRun } from "#ledger/library";
import { statedOn, unmatched } from "#ledger/stated";
import { tryMistake } from "#ledger/trial";
import { runApart } from "#notebook/apart";
import { readNotebook } from "#notebook/source";

/** What came out of one notebook in one place, and what of it disagrees with the record. */
export interface Checked {
  row: {
    slug: string;
    device: string;
    size: Scale;
    claims: string;
    mistakes: string;
    seconds: string;
  };
  problems: string[];
}

/** One notebook and its mistakes, run in Node on one device. */
export async function checkOnDevice(
  slug: string,
  device: DeviceName,
  size: Scale,
  withMistakes: boolean,
): Promise<Checked> {
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
  const mistakes = withMistakes
    ? stated.mistakes.filter(({ scale = "quick" }) => size === "full" || scale === "quick")
    : [];
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
    mistakes: withMistakes ? `${caught} of ${mistakes.length} caught` : "not tried",
    seconds: run.seconds.toFixed(1),
  };
  return { row, problems };
}
