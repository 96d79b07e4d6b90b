import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { Mistake } from "#lab/claim";
import type { DeviceName } from "#lab/device";
import { sourceHash } from "#ledger/hash";
import type { Ledger, RecordedMistake, RecordedRun } from "#ledger/ledger";
import { ledgerFile, ledgerOf } from "#ledger/library";
import { sealOf } from "#ledger/seal";
import { tryMistake } from "#ledger/trial";
import { runInNode, type NodeRun } from "#notebook/node";
import { notebookSlugs, readNotebook } from "#notebook/source";

/*
 * `npm run record [-- slug… --device wasm]`: runs notebooks at full size in Node, makes each of their common
 * mistakes, and writes what came out to `content/ledger/`.
 */

const PACKAGES = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
];

function recordedRun(run: NodeRun): RecordedRun {
  return {
    device: run.device.name,
    adapter: run.device.adapter,
    scale: "full",
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    seconds: Math.round(run.seconds),
    peakBytes: run.peakBytes,
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
    },
    claims: run.claims,
    cells: run.cells.flatMap(({ number, displayed }) => (displayed ? [{ number, displayed }] : [])),
  };
}

function version(name: string): string {
  return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")) as { version: string })
    .version;
}

/** The runs on record; none where the record is not readable, which is what recording again mends. */
function earlierRuns(slug: string): RecordedRun[] {
  try {
    return ledgerOf(slug)?.runs ?? [];
  } catch (error) {
    console.warn((error as Error).message);
    return [];
  }
}

/** The run with the seconds of the earlier one when they measured the same: a record changes when a result does. */
function keepSeconds(run: RecordedRun, earlier: RecordedRun | undefined): RecordedRun {
  if (!earlier) return run;
  const { seconds, date, commit } = earlier;
  return isDeepStrictEqual(plain({ ...run, seconds, date, commit }), earlier) ? { ...run, seconds } : run;
}

/** As it will be read back: JSON has no undefined. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

async function record(slug: string, device: DeviceName): Promise<void> {
  const { text } = readNotebook(slug);
  const run = await runInNode(slug, text, { device, scale: "full" });
  console.log(`${slug} on ${run.device.name}, ${run.device.adapter}: ${run.seconds.toFixed(1)} s`);
  for (const { id, verdict, measured, unit } of run.claims) {
    console.log(`  ${verdict.padEnd(8)} ${id} ${measured} ${unit}`);
  }
  const mistakes: RecordedMistake[] = [];
  for (const mistake of (run.scope.mistakes as Mistake[] | undefined) ?? []) {
    mistakes.push(await tryMistake(slug, text, mistake, device));
    console.log(`  mistake ${mistake.id}: caught`);
  }
  const earlier = earlierRuns(slug);
  const same = earlier.find((other) => other.device === device);
  const ledger: Ledger = {
    notebook: slug,
    source: await sourceHash(slug),
    runs: [keepSeconds(recordedRun(run), same), ...earlier.filter((other) => other !== same)],
    mistakes,
    seal: "",
  };
  ledger.seal = sealOf(plain(ledger));
  mkdirSync("content/ledger", { recursive: true });
  writeFileSync(ledgerFile(slug), `${JSON.stringify(ledger, null, 1)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string", default: "wasm" } },
});
for (const slug of positionals.length > 0 ? positionals : notebookSlugs()) {
  await record(slug, values.device as DeviceName);
}
// A GPU's instance keeps the process alive for as long as it lives.
process.exit();
