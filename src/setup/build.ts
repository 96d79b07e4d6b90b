import { spawnSync } from "node:child_process";
import { SetupError } from "#setup/server";

/** Variables with which a test runner tells the code under test what it is: a build started by it is none of that. */
const OTHERS = ["BASE_URL", "DEV", "PROD", "MODE", "NODE_ENV", "SSR"];

/** Where `npm start` serves the site, and the tests' site says that it is: links that leave it need an address. */
export const HERE = "http://localhost:4321";

/**
 * Builds the site into `dist/`, or into `outDir`, for the address in SITE, `site` if left out; Astro's own output goes to
 * the terminal.
 */
export function buildSite({
  base,
  outDir,
  site = HERE,
}: { base?: string; outDir?: string; site?: string } = {}): void {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !OTHERS.includes(name)),
  );
  const { status } = spawnSync("astro", ["build", ...(outDir ? ["--outDir", outDir] : [])], {
    stdio: "inherit",
    env: { SITE: site, ...inherited, ASTRO_TELEMETRY_DISABLED: "1", ...(base ? { BASE: base } : {}) },
  });
  if (status !== 0) throw new SetupError("the site was not built: the reason stands above.");
}

/** The base path of the site, from the environment: "/" or "/some/path/". */
export function basePath(): string {
  const trimmed = (process.env.BASE ?? "").replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "/" : `/${trimmed}/`;
}
