import type { Claim } from "#lab/claim";
import { disagreements } from "#ledger/agreement";
import type { Checked } from "#ledger/device-check";
import { ledgerOf, runOn } from "#ledger/library";
import { statedOn } from "#ledger/stated";
import { runOnPage } from "#notebook/on-page";
import type { Site } from "#setup/open-site";

/**
 * One notebook and its mistakes, run on its page in a real Chromium on WebGPU at quick size; compared with what is recorded
 * there. Mistakes that show at full size alone are left to the other devices.
 */
export async function checkOnPage(site: Site, slug: string, withMistakes: boolean): Promise<Checked> {
  const problems: string[] = [];
  const row = { slug, device: "chromium", size: "quick" as const, claims: "", mistakes: "", seconds: "" };
  const ledger = ledgerOf(slug);
  const recorded = (ledger && runOn(ledger, "webgpu", "quick"))?.claims ?? [];
  if (recorded.length === 0) problems.push(`nothing is recorded: npm run record -- ${slug}`);
  const mistakes = withMistakes
    ? statedOn(slug).mistakes.filter(({ scale = "quick" }) => scale === "quick")
    : [];
  try {
    const { claims, device, seconds } = await runOnPage(site, slug);
    if (device !== "webgpu") problems.push(`expected the page to run on webgpu, it took ${device}`);
    problems.push(...disagreements(recorded, measured(recorded, claims), true));
    const judged = claims.filter(({ verdict }) => verdict !== "reported");
    const held = judged.filter(({ verdict }) => verdict === "holds");
    row.claims = `${held.length} of ${judged.length} held, ${claims.length - judged.length} not judged`;
    row.seconds = seconds.toFixed(1);
  } catch (error) {
    problems.push((error as Error).message);
  }
  let caught = 0;
  for (const { id, breaks } of mistakes) {
    try {
      const { claims } = await runOnPage(site, slug, id);
      const standing = breaks.filter(
        (broken) => claims.find((claim) => claim.id === broken)?.verdict !== "fails",
      );
      if (standing.length === 0) caught++;
      else problems.push(`mistake ${id}: expected it to break ${standing.join(", ")}, which still stood`);
    } catch (error) {
      problems.push(`mistake ${id}: ${(error as Error).message}`);
    }
  }
  row.mistakes = withMistakes ? `${caught} of ${mistakes.length} caught` : "not tried";
  return { row, problems };
}

/** The recorded claims with the page's numbers in place of their own; those that the page did not measure are left out. */
function measured(recorded: Claim[], here: Pick<Claim, "id" | "measured" | "verdict">[]): Claim[] {
  return recorded.flatMap((claim) => {
    const found = here.find(({ id, verdict }) => id === claim.id && verdict);
    return found ? { ...claim, ...found } : [];
  });
}
