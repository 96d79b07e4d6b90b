import { createHash } from "node:crypto";
import type { Ledger } from "#ledger/ledger";

/**
 * SHA-256 (hex) of all that a ledger says. `npm run record` writes it into the file, and a build refuses a file that it
 * does not fit: a number there was measured, or it is not shown.
 */
export function sealOf({ seal: _, ...said }: Ledger): string {
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}
