import { spawnSync } from "node:child_process";
import { SetupError } from "#setup/server";

/** Builds the site into `dist/`, or into `outDir`; Astro's own output goes to the terminal. */
export function buildSite({ base, outDir }: { base?: string; outDir?: string } = {}): void {
  const { status } = spawnSync("astro", ["build", ...(outDir ? ["--outDir", outDir] : [])], {
    stdio: "inherit",
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: "1", ...(base ? { BASE: base } : {}) },
  });
  if (status !== 0) throw new SetupError("the site was not built: the reason stands above.");
}

/** The base path of the site, from the environment: "/" or "/some/path/". */
export function basePath(): string {
  const trimmed = (process.env.BASE ?? "").replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "/" : `/${trimmed}/`;
}
