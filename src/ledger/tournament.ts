import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
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
}

/** A recorded tournament: all that entered, under one budget. */
export interface Tournament {
  ring: { steps: number; batchSize: number; time: number; tested: number };
  seeds: number[];
  date: string;
  commit: string;
  versions: Record<string, string>;
  seconds: number;
  standings: Standing[];
  /** Hash of the arena, of all entries, and of the methods in the review's notebook. */
  source: string;
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

/** What the tournament's numbers depend on in this project. */
export async function tournamentSource(): Promise<string> {
  const modules = await modulesHash(["src/lab/arena.ts", ...globSync("src/lab/entry/*.ts").sort()]);
  const file = "notebooks/peft-review.ts";
  const methods = parseCells(readFileSync(file, "utf8"), file).find(({ source }) =>
    source.includes("export const methods"),
  );
  if (!methods) throw new Error(`${file}: expected a cell with "export const methods", found none`);
  return createHash("sha256").update(modules).update(methods.source).digest("hex");
}
