import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { sourceHash } from "#ledger/hash";
import type { Ledger, RecordedMistake, RecordedRun } from "#ledger/ledger";
import { ledgerFile, ledgerOf } from "#ledger/library";
import { sealOf } from "#ledger/seal";
import { statedOn, unmatched } from "#ledger/stated";
import { tryMistake } from "#ledger/trial";
import { runApart } from "#notebook/apart";
import type { Mistake } from "#notebook/mistake";
import type { NodeRun } from "#notebook/node";
import { notebookSlugs, readNotebook } from "#notebook/source";

/*
 * `npm run record [-- slug… --device wasm --scale full]`: runs notebooks in Node, makes each of their common mistakes, and
 * writes what came out to `content/ledger/`. Without a device, on the two that every ledger has: wasm at full size, and
 * webgpu at quick size, which software can compute too.
 */

const EVERY: Place[] = [
  { device: "wasm", scale: "full" },
  { device: "webgpu", scale: "quick" },
];

/** Where a run takes place. */
type Place = Pick<RecordedRun, "device" | "scale">;

const PACKAGES = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
];

function recordedRun(run: NodeRun, scale: Scale): RecordedRun {
  return {
    device: run.device.name,
    adapter: run.device.adapter,
    scale,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    seconds: Math.round(run.seconds),
    peakBytes: run.peakBytes,
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
    },
    claims: run.claims,
    controls: run.controls,
    reads: run.reads,
    // A page shows what a full run displayed; a quick one is there for its claims.
    cells:
      scale === "full"
        ? run.cells.flatMap(({ number, displayed, claims }) =>
            displayed || claims.length > 0
              ? [{ number, ...(displayed && { displayed }), ...(claims.length > 0 && { claims }) }]
              : [],
          )
        : [],
  };
}

function version(name: string): string {
  return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")) as { version: string })
    .version;
}

/** What is on record; nothing where it is not readable, which is what recording again mends. */
function earlierLedger(slug: string): Ledger | undefined {
  try {
    return ledgerOf(slug);
  } catch (error) {
    console.warn((error as Error).message);
    return undefined;
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

async function record(slug: string, { device, scale }: Place): Promise<void> {
  const { text } = readNotebook(slug);
  const run = await runApart(slug, text, { device, scale });
  console.log(`${slug} on ${run.device.name}, ${run.device.adapter}, ${scale}: ${run.seconds.toFixed(1)} s`);
  for (const { id, verdict, measured, unit } of run.claims) {
    console.log(`  ${verdict.padEnd(8)} ${id} ${measured} ${unit}`);
  }
  const stated = statedOn(slug);
  const problems = unmatched(slug, stated.claims, run.claims);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const earlier = earlierLedger(slug);
  const source = await sourceHash(slug);
  // Other devices' runs stay only while they are runs of the same source.
  const current = earlier?.source === source ? earlier : undefined;
  const isSame = (other: Place) => other.device === device && other.scale === scale;
  const ledger: Ledger = {
    notebook: slug,
    source,
    runs: [
      keepSeconds(recordedRun(run, scale), earlier?.runs.find(isSame)),
      ...(current?.runs ?? []).filter((other) => !isSame(other)),
    ].sort((a, b) => place(a).localeCompare(place(b))),
    mistakes:
      current && scale === "quick" ? current.mistakes : await tried(slug, text, stated.mistakes, device),
    seal: "",
  };
  ledger.seal = sealOf(plain(ledger));
  mkdirSync("content/ledger", { recursive: true });
  writeFileSync(ledgerFile(slug), `${JSON.stringify(ledger, null, 1)}\n`);
}

/** Runs stand in one order, whichever was recorded last: full size first, then by device. */
function place({ device, scale }: Place): string {
  return `${scale} ${device}`;
}

async function tried(
  slug: string,
  text: string,
  mistakes: Mistake[],
  device: DeviceName,
): Promise<RecordedMistake[]> {
  const recorded: RecordedMistake[] = [];
  for (const mistake of mistakes) {
    recorded.push(await tryMistake(slug, text, mistake, device));
    console.log(`  mistake ${mistake.id}: caught`);
  }
  return recorded;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string" }, scale: { type: "string", default: "full" } },
});
const places = values.device ? [{ device: values.device, scale: values.scale } as Place] : EVERY;
for (const slug of positionals.length > 0 ? positionals : notebookSlugs()) {
  for (const each of places) await record(slug, each);
}
