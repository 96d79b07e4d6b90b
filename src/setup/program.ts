import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { SetupError } from "#setup/server";

/** A program that the tests look at the site with, or serve it with. */
interface Program {
  name: string;
  /** The variable that names its path. */
  variable: string;
  /** Debian's package, and where that puts it. */
  debian: { package: string; path: string };
  /** Other places to look at, before Debian's. */
  known: readonly string[];
}

/**
 * The path of a Chromium: `CHROMIUM_PATH`, Playwright's own, the system's, or Debian's, which is installed when
 * this user may do so.
 * @throws SetupError when there is none, with what to do
 */
export function findChromium(): string {
  return find({
    name: "Chromium",
    variable: "CHROMIUM_PATH",
    debian: { package: "chromium", path: "/usr/bin/chromium" },
    known: [
      chromium.executablePath(),
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
    ],
  });
}

/** The path of a Firefox, found as `findChromium` finds a Chromium; `FIREFOX_PATH` names one. */
export function findFirefox(): string {
  return find({
    name: "Firefox",
    variable: "FIREFOX_PATH",
    debian: { package: "firefox-esr", path: "/usr/bin/firefox-esr" },
    known: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
  });
}

/** The path of nginx, with which a test serves the site as the example for hosts does; `NGINX_PATH` names one. */
export function findNginx(): string {
  return find({
    name: "nginx",
    variable: "NGINX_PATH",
    debian: { package: "nginx-light", path: "/usr/sbin/nginx" },
    known: ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/nginx/sbin/nginx"],
  });
}

function find(program: Program): string {
  const { variable, known } = program;
  const chosen = process.env[variable];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new SetupError(`${variable} is "${chosen}", and there is no such file: correct it or unset it.`);
  }
  return known.find((path) => existsSync(path)) ?? install(program);
}

function install({ name, variable, debian }: Program): string {
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (mayInstall) {
    console.log(`Benchtop: no ${name} found; installing Debian's package.`);
    spawnSync("apt-get", ["update", "-q"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", debian.package], {
      stdio: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (existsSync(debian.path)) return debian.path;
  }
  throw new SetupError(
    `the tests need ${name}, and none was found: install it (Debian: apt-get install ${debian.package}), ` +
      `or give its path as ${variable}=/path/to/it npm test.`,
  );
}
