import type { DeviceName } from "#lab/device";
import type { RecordedMistake } from "#ledger/ledger";
import { applyMistake, type Mistake } from "#notebook/mistake";
import { runApart } from "#notebook/apart";

/**
 * A mistake together with the claims that fail once it is made.
 * @throws when it leaves a claim standing that it must break: then the claim, or the mistake, says nothing
 */
export async function tryMistake(
  slug: string,
  text: string,
  { id, find, replace, breaks, scale }: Mistake,
  device: DeviceName,
): Promise<RecordedMistake> {
  const { claims } = await runApart(slug, applyMistake(text, { id, find, replace }), {
    device,
    scale: scale ?? "quick",
  });
  const broke = claims.filter(({ verdict }) => verdict === "fails").map(({ id }) => id);
  return requireCaught({ id, find, replace, breaks, ...(scale && { scale }), broke });
}

/** The mistake itself, when it breaks something and all that it says it breaks. */
export function requireCaught(mistake: RecordedMistake): RecordedMistake {
  const { id, breaks, broke } = mistake;
  if (breaks.length === 0) {
    throw new Error(
      `mistake ${id}: expected the claims that it breaks, got none: name at least one in "breaks"`,
    );
  }
  const standing = breaks.filter((claim) => !broke.includes(claim));
  if (standing.length > 0) {
    throw new Error(
      `mistake ${id}: expected it to break ${standing.join(", ")}, but ${standing.length === 1 ? "that claim" : "those claims"} ` +
        `still stood: sharpen the claim, or mend the mistake's edit`,
    );
  }
  return mistake;
}
