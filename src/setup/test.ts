import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { buildSite } from "#setup/build";
import { findChromium } from "#setup/browser";
import { explain, SetupError } from "#setup/server";

/*
 * `npm test [-- vitest's arguments]`: checks formatting and types, builds the site, and runs all tests; its last
 * line is "N passed, N failed".
 */

const REPORT = ".cache/tests.json";

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): number {
  console.log(`\n> ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;
}

try {
  const began = performance.now();
  const CHROMIUM_PATH = findChromium();
  if (run("prettier", ["--check", "--log-level", "warn", "."]) !== 0) {
    throw new SetupError('some files are not formatted: run "npm run format".');
  }
  buildSite();
  if (run("astro", ["check"]) !== 0) throw new SetupError("types do not fit: the places stand above.");
  mkdirSync(".cache", { recursive: true });
  const status = run(
    "vitest",
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`, ...process.argv.slice(2)],
    { CHROMIUM_PATH },
  );
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
  };
  // A file that can't be loaded fails as a whole, without a failed test in it.
  const failed = report.numFailedTests || (status === 0 ? 0 : Math.max(1, report.numFailedTestSuites));
  console.log(`\n${Math.round((performance.now() - began) / 1000)} s in all`);
  console.log(`${report.numPassedTests} passed, ${failed} failed`);
  process.exitCode = status;
} catch (error) {
  explain(error);
  console.log("0 passed, 1 failed");
}
