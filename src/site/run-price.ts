import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import type { AstroIntegration } from "astro";
import { ledgerOf, shownRun } from "#ledger/library";
import { compile } from "#notebook/compiled";
import { readNotebook } from "#notebook/source";

/** Stand in a page for the bytes that a run downloads until the build has weighed them: for a reader, and for a script. */
export const RUN_SIZE = "RUN-SIZE-NOT-YET-WEIGHED";
export const RUN_BYTES = 123_456_789;

/** What the bundler tells of a chunk. */
export interface Chunk {
  fileName: string;
  /** Chunks that load with it. */
  imports: string[];
  moduleIds: string[];
}

/** Starboard's files that a run needs: the runtime, the editor, and its colours. */
const STARBOARD = /^(starboard-notebook|codemirror\w+\.chunk)\.js$/;

/** The module that begins the device which most readers have, and that software can run. */
const DEVICE = /tfjs-backend-webgpu\/dist\/index\.js$/;

/** Weighs what the run of each notebook downloads, and writes it into the notebook's page. */
export function runPrice(): AstroIntegration {
  const chunks = new Map<string, Chunk>();
  return {
    name: "benchtop:run-price",
    hooks: {
      "astro:config:setup": ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [
              {
                name: "benchtop:chunks",
                generateBundle(_, bundle) {
                  // The pages are built in the server's environment, which no reader loads.
                  if (this.environment.name !== "client") return;
                  for (const chunk of Object.values(bundle))
                    if (chunk.type === "chunk") chunks.set(chunk.fileName, chunk);
                },
              },
            ],
          },
        });
      },
      "astro:build:done": ({ dir }) => {
        const dist = fileURLToPath(dir);
        for (const page of globSync(join(dist, "t/*/index.html"))) {
          const html = readFileSync(page, "utf8");
          const slug = /data-notebook="([^"]+)"/.exec(html)?.[1];
          if (!slug) continue;
          const files = runFiles(slug, dist, [...chunks.values()]);
          const weights = files.map((file) => weigh(join(dist, file)));
          const sum = (of: "raw" | "sent") => weights.reduce((total, weight) => total + weight[of], 0);
          writeFileSync(
            page,
            html
              .replace(RUN_SIZE, `${(sum("sent") / 1e6).toFixed(1)} MB`)
              .replace(String(RUN_BYTES), String(sum("raw"))),
          );
        }
      },
    },
  };
}

/** The files of the built site that a notebook's run on WebGPU loads, by their paths in it. */
export function runFiles(slug: string, dist: string, chunks: readonly Chunk[]): string[] {
  const host = readFileSync(join(dist, "notebook-host/index.html"), "utf8");
  const linked = [...host.matchAll(/(?:src|href)="[^"]*?(_astro\/[^"]+\.(?:js|css))"/g)].map(
    ([, file]) => file!,
  );
  const { cells } = readNotebook(slug);
  const imports = cells.flatMap(({ type, source }) => (type === "code" ? compile(source, slug).imports : []));
  const lab = imports
    .map((name) => `/src/${name.slice(1)}.ts`)
    .filter((path) => path.startsWith("/src/lab/"));
  const live = ["/src/panel/live.ts"];
  const begun = chunks.filter(({ moduleIds }) =>
    moduleIds.some((id) => DEVICE.test(id) || [...lab, ...live].some((path) => id.endsWith(path))),
  );
  const loaded = new Set<string>(["notebook-host/index.html", ...linked]);
  const add = (file: string) => {
    loaded.add(file);
    const imports = chunks.find(({ fileName }) => fileName === file)?.imports ?? [];
    for (const next of imports) if (!loaded.has(next)) add(next);
  };
  for (const file of [...linked, ...begun.map(({ fileName }) => fileName)]) add(file);
  for (const file of globSync("*.js", { cwd: join(dist, "starboard") }))
    if (STARBOARD.test(file)) loaded.add(`starboard/${file}`);
  const ledger = ledgerOf(slug);
  for (const file of (ledger && shownRun(ledger)?.reads) ?? []) loaded.add(file);
  return [...loaded];
}

const weighed = new Map<string, { raw: number; sent: number }>();

/** A file's bytes, and its bytes as a server sends them that compresses. */
function weigh(file: string): { raw: number; sent: number } {
  let weight = weighed.get(file);
  if (!weight) {
    const bytes = readFileSync(file);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
    weighed.set(file, (weight = { raw: bytes.length, sent: brotliCompressSync(bytes, { params }).length }));
  }
  return weight;
}
