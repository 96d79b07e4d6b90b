import { join } from "node:path";
import { expect } from "vitest";
import { readSeeds } from "#seeds/library";
import { SeedError } from "#seeds/seed-error";
import { temporaryFolder } from "./temporary-folder";

/** A document with a fault, and what its error must say of it. */
export interface Malformed {
  name: string;
  document: string | Uint8Array;
  line: number;
  expected: RegExp;
  found: RegExp;
}

/** Reads the document and checks every part of the error: file, line, expected, found, remedy, one line of text. */
export function expectFault({ document, line, expected, found }: Malformed): void {
  const folder = temporaryFolder({ "broken.txt": document });
  const error = errorOf(() => readSeeds(folder));
  const file = join(folder, "broken.txt");
  expect(error).toMatchObject({ file, line });
  expect(error.expected).toMatch(expected);
  expect(error.found).toMatch(found);
  expect(error.message).toBe(
    `${file}:${line}: expected ${error.expected}, found ${error.found}. ${error.remedy}`,
  );
  expect(error.message).not.toMatch(/\n|undefined/);
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
}

/** The SeedError that `run` throws; anything else fails the test. */
export function errorOf(run: () => unknown): SeedError {
  try {
    run();
  } catch (error) {
    if (error instanceof SeedError) return error;
    throw error;
  }
  throw new Error("errorOf: expected a SeedError, got none");
}
