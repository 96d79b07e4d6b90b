import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Mistake } from "#lab/claim";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { sourceHash } from "#ledger/hash";
import type { Ledger, RecordedMistake, RecordedRun } from "#ledger/ledger";
import { ledgerFile, ledgerOf } from "#ledger/library";
import { applyMistake } from "#notebook/mistake";
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

function recordedRun(run: NodeRun, scale: Scale): RecordedRun {
  return {
    device: run.device.name,
    adapter: run.device.adapter,
    scale,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    seconds: Math.round(run.seconds),
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

/** A mistake together with the claims that fail once it is made. */
async function tryMistake(
  slug: string,
  text: string,
  mistake: Mistake,
  device: DeviceName,
): Promise<RecordedMistake> {
  const run = await runInNode(slug, applyMistake(text, mistake), { device, scale: mistake.scale ?? "quick" });
  const broke = run.claims.filter(({ verdict }) => verdict === "fails").map(({ id }) => id);
  return { ...mistake, broke };
}

async function record(slug: string, device: DeviceName): Promise<void> {
  const { text } = readNotebook(slug);
  const run = await runInNode(slug, text, { device, scale: "full" });
  console.log(`${slug} on ${run.device.name}, ${run.device.adapter}: ${run.seconds.toFixed(1)} s`);
  for (const { id, verdict, measured, unit } of run.claims)
    console.log(`  ${verdict.padEnd(8)} ${id} ${measured} ${unit}`);
  const mistakes: RecordedMistake[] = [];
  for (const mistake of (run.scope.mistakes as Mistake[] | undefined) ?? []) {
    const recorded = await tryMistake(slug, text, mistake, device);
    const missed = mistake.breaks.filter((id) => !recorded.broke.includes(id));
    console.log(
      `  mistake ${mistake.id}: ${missed.length === 0 ? "caught" : `NOT caught by ${missed.join(", ")}`}`,
    );
    mistakes.push(recorded);
  }
  const others = (ledgerOf(slug)?.runs ?? []).filter((other) => other.device !== device);
  const ledger: Ledger = {
    notebook: slug,
    source: await sourceHash(slug),
    runs: [recordedRun(run, "full"), ...others],
    mistakes,
  };
  mkdirSync("content/ledger", { recursive: true });
  writeFileSync(ledgerFile(slug), `${JSON.stringify(ledger, null, 1)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string", default: "wasm" } },
});
for (const slug of positionals.length > 0 ? positionals : notebookSlugs())
  await record(slug, values.device as DeviceName);
