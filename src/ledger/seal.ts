import { createHash } from "node:crypto";

/**
 * SHA-256 (hex) of all that a record says. The command that measured writes it into the file, and a build refuses a file
 * that it does not fit: a number there was measured, or it is not shown.
 */
export function sealOf<T extends { seal: string }>({ seal: _, ...said }: T): string {
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}
