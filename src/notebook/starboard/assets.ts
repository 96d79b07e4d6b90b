import { createReadStream, existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";

/** Folders of the site that hold other packages' files, which the notebook's frame loads as they are. */
const FOLDERS = [
  {
    name: "starboard",
    from: "node_modules/starboard-notebook/dist",
    // Of its 29 files the editor and the runtime alone: no Monaco, no workers, no source maps, no style sheet
    // (ours replaces it, and needs none of its fonts).
    wanted: (file: string) =>
      /^(starboard-notebook|\w+\.chunk)\.js$/.test(file) && !/monaco|serviceWorker/.test(file),
  },
  {
    name: "tensorflow",
    from: "node_modules/@tensorflow/tfjs-backend-wasm/dist",
    wanted: (file: string) => file.endsWith(".wasm"),
  },
];

const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves, and copies into the built site, the files of Starboard and of the wasm device. */
export function notebookAssets(): AstroIntegration {
  return {
    name: "benchtop:notebook-assets",
    hooks: {
      "astro:server:setup": ({ server }) => {
        server.middlewares.use((request, response, next) => {
          const path = new URL(request.url ?? "/", "http://localhost").pathname;
          const [folderName, file] = path.split("/").slice(-2);
          const folder = FOLDERS.find(({ name }) => name === folderName);
          if (!folder || !file || !folder.wanted(file) || !existsSync(join(folder.from, file))) return next();
          response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
          createReadStream(join(folder.from, file)).pipe(response);
        });
      },
      "astro:build:done": async ({ dir }) => {
        for (const { name, from, wanted } of FOLDERS) {
          const to = join(fileURLToPath(dir), name);
          await mkdir(to, { recursive: true });
          const files = readdirSync(from).filter(wanted);
          await Promise.all(files.map((file) => copyFile(join(from, file), join(to, file))));
        }
      },
    },
  };
}
