import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseCells } from "#notebook/cells";
import { modulesHash } from "#ledger/hash";
import { sealOf } from "#ledger/seal";

/** What a method came to in the arena, over seeds. */
export interface Standing {
  name: string;
  /** The technique's page, where it has one of its own. */
  slug?: string;
  /** The learning rate that was chosen. */
  rate: number;
  /** The loss on validation mails at each rate that was tried, in nats; null where training diverged. */
  tried: { rate: number; validation: number | null }[];
  /** Numbers trained, the head's included. */
  trained: number;
  /** FLOPs of all training steps. */
  flops: number;
  /** Bytes of the tensors that training holds at one time, at most, beside the model. */
  bytes: number;
  /** Share of the test mails told right, for each seed. */
  accuracy: number[];
  /** Rise of the loss on the text of pre-training, for each seed, in nats per character. */
  forgetting: number[];
  /** What choosing the rate and running the seeds took. */
  seconds: number;
  /** What these numbers depend on: see `standingSource`. */
  source: string;
}

/** A recorded tournament: all that entered, under one budget. */
export interface Tournament {
  ring: { steps: number; batchSize: number; time: number; validated: number; tested: number };
  seeds: number[];
  date: string;
  commit: string;
  versions: Record<string, string>;
  standings: Standing[];
  seal: string;
}

export const tournamentFile = "content/arena/tuning.json";
const MEND = 'run "npm run compete"';

/**
 * The recorded tournament; undefined when there is none.
 * @throws when the file is not as `npm run compete` wrote it
 */
export function recordedTournament(): Tournament | undefined {
  if (!existsSync(tournamentFile)) return undefined;
  return parseTournament(readFileSync(tournamentFile, "utf8"));
}

/** @throws when the text is not JSON, or not as a run wrote it */
export function parseTournament(text: string): Tournament {
  let found: Tournament;
  try {
    found = JSON.parse(text) as Tournament;
  } catch (error) {
    throw new Error(`${tournamentFile}: expected JSON, found ${(error as Error).message}: ${MEND}`);
  }
  if (found.seal !== sealOf(found))
    throw new Error(`${tournamentFile}: expected what a run measured, found a file changed by hand: ${MEND}`);
  return found;
}

/**
 * What a method's numbers depend on in this project, as a hash: the arena and its entry; for the review's own methods, all
 * entries that are no techniques, and those in its notebook.
 * @param slug the technique's; none for the review's own
 */
export async function standingSource(slug?: string): Promise<string> {
  const ring = globSync("src/lab/arena/*.ts").sort();
  if (slug) return modulesHash([...ring, `src/lab/entry/${slug}.ts`]);
  const own = globSync("src/lab/entry/*.ts").sort();
  const reviewed = own.filter((path) => !existsSync(`content/techniques/${basename(path, ".ts")}.mdx`));
  const modules = await modulesHash([...ring, ...reviewed, "src/lab/adapter.ts"]); // LoRA's, in the notebook
  const file = "notebooks/peft-review.ts";
  const methods = parseCells(readFileSync(file, "utf8"), file).find(({ source }) =>
    source.includes("export const methods"),
  );
  if (!methods) throw new Error(`${file}: expected a cell with "export const methods", found none`);
  return createHash("sha256").update(modules).update(methods.source).digest("hex");
}
