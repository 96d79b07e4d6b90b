import { basename } from "node:path";

/** The part of Vitest's report that tells where a test ran. */
export interface TestReport {
  testResults: { name: string; assertionResults: { status: string; ancestorTitles: string[] }[] }[];
}

/**
 * Passed tests of each file on each device, by the title that `onEachDevice` gives: "on wasm". Files that run on no
 * device in particular are left out.
 */
export function deviceTable({ testResults }: TestReport): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {};
  for (const { name, assertionResults } of testResults) {
    const counts = new Map<string, { passed: number; all: number }>();
    for (const { status, ancestorTitles } of assertionResults) {
      const device = ancestorTitles.map((title) => /^on (\w+)$/.exec(title)?.[1]).find(Boolean);
      if (!device) continue;
      const count = counts.get(device) ?? { passed: 0, all: 0 };
      counts.set(device, {
        passed: count.passed + (status === "passed" ? 1 : 0),
        all: count.all + 1,
      });
    }
    if (counts.size === 0) continue;
    table[basename(name, ".test.ts")] = Object.fromEntries(
      [...counts].map(([device, { passed, all }]) => [device, `${passed} of ${all}`]),
    );
  }
  return table;
}
