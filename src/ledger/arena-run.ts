import { join } from "node:path";
import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { compete } from "#lab/arena/competition";
import type { Entry } from "#lab/arena/contender";
import { ringOf } from "#lab/arena/ring";
import { startDevice } from "#lab/device";
import { techniques } from "#lab/entries";
import { startSession } from "#lab/session";

/** All that meet, by name: the review's own, and the techniques. */
export async function contenders(): Promise<Record<string, { enter: Entry; slug?: string }>> {
  const { methods } = await import("#notebooks/peft-review");
  const own = Object.entries(methods).map(([name, enter]) => [name, { enter }] as const);
  return { ...Object.fromEntries(own), ...techniques };
}

/** Starts wasm, and a session small enough to load a notebook in. */
export async function start(): Promise<void> {
  startSession({
    scale: "quick",
    readAsset: async (path) => new Uint8Array(readFileSync(join("public", path))).buffer,
    document: parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
  });
  const wasmPath = join(process.cwd(), "node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  await startDevice(["wasm"], { wasmPath });
}

export { compete, ringOf };
