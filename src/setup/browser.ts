import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { SetupError } from "#setup/server";

/**
 * The path of a Chromium: `CHROMIUM_PATH`, Playwright's own, the system's, or Debian's, which is installed when
 * this user may do so.
 * @throws SetupError when there is none, with what to do
 */
export function findChromium(): string {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new SetupError(`CHROMIUM_PATH is "${chosen}", and there is no such file: correct it or unset it.`);
  }
  const known = [
    chromium.executablePath(),
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  return known.find((path) => existsSync(path)) ?? installChromium();
}

function installChromium(): string {
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (mayInstall) {
    console.log("Benchtop: no Chromium found; installing Debian's package.");
    spawnSync("apt-get", ["update", "-q"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], {
      stdio: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (existsSync("/usr/bin/chromium")) return "/usr/bin/chromium";
  }
  throw new SetupError(
    "the tests need Chromium, and none was found: install it (Debian: apt-get install chromium), " +
      "or give its path as CHROMIUM_PATH=/path/to/chromium npm test.",
  );
}
