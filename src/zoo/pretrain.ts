import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DeviceName } from "#lab/device";
import { bundled } from "#notebook/bundle";
import type { ModelCard } from "#zoo/model-card";
import type { Recipe } from "#zoo/recipe";

/*
 * `npm run pretrain -- <name> [--device wasm]`: makes a model of the zoo from scratch, by its recipe in
 * `src/zoo/<name>.ts`, and writes it with its card to `public/models/`.
 */

const FOLDER = "public/models";

type Bundle = { recipe: Recipe; pretrain: (typeof import("#zoo/pretraining"))["pretrain"] };

async function make(name: string, device: DeviceName): Promise<void> {
  if (!existsSync(`src/zoo/${name}.ts`)) {
    throw new Error(
      `pretrain: expected the name of a recipe in src/zoo/, got "${name}": there is no src/zoo/${name}.ts`,
    );
  }
  const { recipe, pretrain } = await bundled<Bundle>(
    `zoo-${name}`,
    `export { recipe } from "#zoo/${name}"; export { pretrain } from "#zoo/pretraining";`,
  );
  const { bytes, card } = await pretrain(recipe, {
    device,
    wasmPath: join(process.cwd(), "node_modules/@tensorflow/tfjs-backend-wasm/dist/"),
    readAsset: async (path) => new Uint8Array(readFileSync(join("public", path))).buffer,
    onProgress: ({ stage, step, steps }) => {
      if (step % 100 === 0) console.log(`${stage}: step ${step} of ${steps}`);
    },
  });
  const core = JSON.parse(readFileSync("node_modules/@tensorflow/tfjs-core/package.json", "utf8")) as {
    version: string;
  };
  const full: ModelCard = {
    ...card,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    versions: { node: process.versions.node, "@tensorflow/tfjs-core": core.version },
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.safetensors`), bytes);
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(full, null, 1)}\n`);
  for (const { name, value, unit, baselines } of full.measures) {
    const beside = baselines.map((baseline) => `${baseline.name} ${baseline.value.toFixed(4)}`).join(", ");
    console.log(`${name}: ${value.toFixed(4)} ${unit} (${beside})`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: "string", default: "wasm" } },
});
if (positionals.length === 0) {
  console.error("Benchtop: which model? npm run pretrain -- tiny-gpt");
  process.exitCode = 1;
}
for (const name of positionals) await make(name, values.device as DeviceName);
