import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

/**
 * SHA-256 (hex) of a notebook and of every module of the lab that it imports, directly or not: what a recorded
 * number depends on in this project.
 */
export async function sourceHash(slug: string): Promise<string> {
  return modulesHash([`notebooks/${slug}.ts`]);
}

/** SHA-256 (hex) of modules and of every module of the lab that they import, directly or not. */
export async function modulesHash(entryPoints: string[]): Promise<string> {
  const { metafile } = await build({
    entryPoints,
    outdir: "out", // named because there may be several; nothing is written
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    packages: "external",
    // "#lab/…" looks like a package to the setting above.
    alias: {},
    plugins: [
      {
        name: "lab",
        setup({ onResolve }) {
          onResolve({ filter: /^#lab\// }, ({ path }) => ({
            path: `${process.cwd()}/src/lab/${path.slice("#lab/".length)}.ts`,
          }));
        },
      },
    ],
    logLevel: "error",
  });
  const hash = createHash("sha256");
  for (const file of Object.keys(metafile.inputs).sort()) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
}
