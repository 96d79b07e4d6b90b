import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { buildSite } from "#setup/build";
import { findChromium, findFirefox, findNginx } from "#setup/program";
import { deviceTable, type TestReport } from "#setup/device-table";
import { explain, SetupError } from "#setup/server";
import { vulkanOf } from "#setup/vulkan";

/*
 * `npm test [-- vitest's arguments]`: checks formatting and types, builds the site, runs all tests, and all notebooks
 * against what is recorded; its last line is "N passed, N failed".
 */

const REPORT = ".cache/tests.json";

/** Every notebook as it is recorded; what changed lately on its page in Chromium too. The browser tests run webgl and cpu. */
const CHECKS = [
  ["--device", "wasm", "--scale", "full"],
  ["--device", "cpu", "--scale", "quick", "--recent"],
  // Their mistakes are made on the other devices: on a software adapter each takes half a minute.
  ["--device", "chromium", "--scale", "quick", "--recent", "--no-mistakes"],
];

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): number {
  console.log(`\n> ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;
}

try {
  const began = performance.now();
  const [CHROMIUM_PATH, FIREFOX_PATH, NGINX_PATH] = [findChromium(), findFirefox(), findNginx()];
  if (run("prettier", ["--check", "--log-level", "warn", "."]) !== 0) {
    throw new SetupError('some files are not formatted: run "npm run format".');
  }
  buildSite();
  if (run("astro", ["check"]) !== 0) throw new SetupError("types do not fit: the places stand above.");
  mkdirSync(".cache", { recursive: true });
  const environment = { CHROMIUM_PATH, FIREFOX_PATH, NGINX_PATH, ...vulkanOf(CHROMIUM_PATH) };
  const chosen = process.argv.slice(2);
  const status = run(
    "vitest",
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`, ...chosen],
    environment,
  );
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as TestReport & {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
  };
  const table = deviceTable(report);
  if (Object.keys(table).length > 0) {
    console.log("\nThe lab's functions, tests passed by file and device:");
    console.table(table);
  }
  // A file that can't be loaded fails as a whole, without a failed test in it.
  const failed = report.numFailedTests || (status === 0 ? 0 : Math.max(1, report.numFailedTestSuites));
  // Every notebook once more, its mistakes too; not when single tests are asked for.
  const checks = chosen.length > 0 ? [] : CHECKS;
  const disagreeing = checks.filter(
    (options) => run("node", ["src/ledger/check.ts", ...options], environment) !== 0,
  );
  console.log(`\n${Math.round((performance.now() - began) / 1000)} s in all`);
  const passed = report.numPassedTests + checks.length - disagreeing.length;
  console.log(`${passed} passed, ${failed + disagreeing.length} failed`);
  process.exitCode = status || (disagreeing.length > 0 ? 1 : 0);
} catch (error) {
  explain(error);
  console.log("0 passed, 1 failed");
}
