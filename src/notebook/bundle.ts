import { renameSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What an ES module lacks and the wasm device's loader asks for. */
const COMMONJS = [
  'import { createRequire as $require } from "node:module";',
  'import { dirname as $dirname } from "node:path";',
  'import { fileURLToPath as $path } from "node:url";',
  "const require = $require(import.meta.url), __filename = $path(import.meta.url), __dirname = $dirname(__filename);",
].join("\n");

/**
 * The exports of a module with the given source, bundled for Node with all that it imports. TensorFlow.js registers its
 * gradients in its ES modules alone, which Node does not load as they are; a bundle holds them, and one copy of each.
 * @param name names the file in `.cache/`
 */
export async function bundled<T>(name: string, contents: string): Promise<T> {
  const outfile = join(process.cwd(), ".cache", `${name}.mjs`);
  // Written beside, then renamed: two processes may bundle at once, and neither may load half a file.
  const written = `${outfile}.${process.pid}`;
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    outfile: written,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    external: ["webgpu"],
    banner: { js: COMMONJS },
    logLevel: "error",
  });
  renameSync(written, outfile);
  return (await import(pathToFileURL(outfile).href)) as T;
}
