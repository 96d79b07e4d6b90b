import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { checkOnDevice } from "#ledger/device-check";
import { checkOnPage } from "#ledger/page-check";
import { recordedLately } from "#ledger/recent";
import { notebookSlugs } from "#notebook/source";
import { openSite } from "#setup/open-site";

/*
 * `npm run check [-- slug… --device wasm --scale full --recent]`: runs notebooks and their mistakes again, and compares
 * with what is recorded; `--device` may be given several times, and may be `chromium`: WebGPU on the built page, at quick
 * size, as a reader runs it. `--recent` takes the notebooks recorded since the day before the last commit, and
 * `--no-mistakes` leaves the mistakes out. Prints a table; exits with 1 when anything disagrees, with what to do.
 */

/** The results of all jobs, in their order, `width` of them under way at a time. */
async function inParallel<T>(jobs: (() => Promise<T>)[], width: number): Promise<T[]> {
  const results: T[] = [];
  const rest = jobs.entries();
  const work = async () => {
    for (const [i, job] of rest) results[i] = await job();
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    device: { type: "string", multiple: true, default: ["wasm"] },
    scale: { type: "string", default: "full" },
    recent: { type: "boolean", default: false },
    mistakes: { type: "boolean", default: true },
  },
});
const asked = positionals.length > 0 ? positionals : notebookSlugs();
const slugs = values.recent ? recordedLately(asked) : asked;
const onNode = values.device.filter((name) => name !== "chromium") as DeviceName[];
const jobs = slugs.flatMap((slug) =>
  onNode.map((device) => () => checkOnDevice(slug, device, values.scale as Scale, values.mistakes)),
);
const results = await inParallel(jobs, availableParallelism());
if (values.device.includes("chromium")) {
  if (!existsSync("dist/index.html")) {
    throw new Error('check: expected the built site in dist/, found none: run "npm run build"');
  }
  const site = await openSite();
  // One page at a time: a software adapter takes all cores for itself.
  for (const slug of slugs) results.push(await checkOnPage(site, slug, values.mistakes));
  await site.close();
}
for (const { row, problems } of results) {
  for (const problem of problems) console.error(`${row.slug} on ${row.device}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
console.table(results.map(({ row }) => row));
