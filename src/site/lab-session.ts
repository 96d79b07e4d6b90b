import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { startSession } from "#lab/session";

/** Lets pages read datasets and draw figures with the lab while the site is built. The same for all of them. */
export function startLabSession(): void {
  startSession({
    readAsset: async (path) => new Uint8Array(readFileSync(join(process.cwd(), "public", path))).buffer,
    document: parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
  });
}
