import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { sealOf } from "#ledger/seal";
import {
  recordedTournament,
  type Standing,
  standingSource,
  type Tournament,
  tournamentFile,
} from "#ledger/tournament";
import { bundled } from "#notebook/bundle";

/*
 * `npm run compete [-- --anew]`: all methods that have entered meet in the arena, on wasm; writes
 * `content/arena/tuning.json`. Each gets the learning rate out of 10^(k/2), from 1e-4 to 0.1, whose loss on validation
 * mails is the lowest of the five in the middle and of what is tried beyond, and then three seeds. Takes half an hour for
 * all; the runs of a method are kept as long as neither it nor the arena changed, unless told `--anew`.
 */

const size = { steps: 100, batchSize: 8, time: 48, validated: 120, tested: 400 };
const seeds = [1, 2, 3];
/** Chooses learning rates, and is not among the seeds that count. */
const tuningSeed = 0;
const [lowest, highest] = [-8, -2];
const middle = [-7, -6, -5, -4, -3];

const { compete, contenders, ringOf, start } = await bundled<typeof import("#ledger/arena-run")>(
  "arena",
  'export * from "#ledger/arena-run";',
);
await start();
const ring = await ringOf(size);

async function standing(
  name: string,
  { enter, slug }: Awaited<ReturnType<typeof contenders>>[string],
  { source, earlier }: { source: string; earlier?: Standing },
): Promise<Standing> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000) + (earlier?.seconds ?? 0);
  const run = async (rate: number, seed: number) => {
    const outcome = await compete(ring, name, enter, { rate, seed });
    const { accuracy, validation, forgetting } = outcome;
    const shown = [accuracy, validation, forgetting].map((value) => value.toFixed(3)).join(" ");
    console.log(`${name}, rate ${rate.toPrecision(2)}, seed ${seed}: ${shown}`);
    return outcome;
  };
  const tried = new Map<number, number>(); // k, and the validation loss at 10^(k/2)
  for (const { rate, validation } of earlier?.tried ?? [])
    tried.set(Math.round(2 * Math.log10(rate)), validation ?? Infinity);
  const rateOf = (k: number) => Number((10 ** (k / 2)).toPrecision(2));
  /** Infinite where training diverges. */
  const validationAt = async (rate: number): Promise<number> => {
    try {
      return (await run(rate, tuningSeed)).validation;
    } catch (error) {
      if (!/expected a finite loss/.test((error as Error).message)) throw error;
      return Infinity;
    }
  };
  const lossAt = async (k: number): Promise<number> => {
    if (!tried.has(k)) tried.set(k, await validationAt(rateOf(k)));
    return tried.get(k)!;
  };
  for (const k of middle) await lossAt(k);
  let k = middle.reduce((a, b) => (tried.get(b)! < tried.get(a)! ? b : a));
  while (k < highest && (await lossAt(k + 1)) < (await lossAt(k))) k++;
  while (k > lowest && (await lossAt(k - 1)) < (await lossAt(k))) k--;
  const triedRates = [...tried]
    .sort(([a], [b]) => a - b)
    .map(([k, validation]) => ({ rate: rateOf(k), validation }));
  if (earlier?.rate === rateOf(k)) return { ...earlier, tried: triedRates, seconds: seconds() };
  const outcomes = [];
  for (const seed of seeds) outcomes.push(await run(rateOf(k), seed));
  const { trained, flops, bytes } = outcomes[0]!;
  return {
    ...{ name, slug, rate: rateOf(k) },
    tried: triedRates,
    ...{ trained, flops, bytes },
    accuracy: outcomes.map(({ accuracy }) => accuracy),
    forgetting: outcomes.map(({ forgetting }) => forgetting),
    ...{ seconds: seconds(), source },
  };
}

/** The standings so far, sealed. */
function write(standings: Standing[]): void {
  const core = "@tensorflow/tfjs-core";
  const { version } = JSON.parse(readFileSync(`node_modules/${core}/package.json`, "utf8")) as {
    version: string;
  };
  const tournament: Tournament = {
    ring: size,
    seeds,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    versions: { node: process.versions.node, [core]: version },
    standings,
    seal: "",
  };
  // As it will be read back: JSON has no undefined.
  const plain = JSON.parse(JSON.stringify(tournament)) as Tournament;
  plain.seal = sealOf(plain);
  mkdirSync(dirname(tournamentFile), { recursive: true });
  writeFileSync(tournamentFile, `${JSON.stringify(plain, null, 1)}\n`);
}

const onRecord = process.argv.includes("--anew") ? undefined : recordedTournament();
const sameRing = onRecord && isDeepStrictEqual([onRecord.ring, onRecord.seeds], [size, seeds]);
// The sources of what is loaded, whatever is edited meanwhile.
const entries = await Promise.all(
  Object.entries(await contenders()).map(async ([name, entry]) => {
    const source = await standingSource(entry.slug);
    const same = (one: Standing) => one.name === name && one.source === source;
    return { name, entry, source, earlier: sameRing ? onRecord.standings.find(same) : undefined };
  }),
);
const standings: Standing[] = [];
for (const [i, { name, entry, source, earlier }] of entries.entries()) {
  standings.push(await standing(name, entry, { source, earlier }));
  // After each method, so that a run that is cut short loses nothing.
  write([...standings, ...entries.slice(i + 1).flatMap(({ earlier }) => earlier ?? [])]);
}
process.exit();
