import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseHTML } from "linkedom";
import type { DeviceName } from "#lab/device";
import { bundled } from "#notebook/bundle";
import { provideWebGpu } from "#notebook/node-gpu";
import type { ModelCard } from "#zoo/model-card";
import type { Recipe } from "#zoo/recipe";

/*
 * `npm run pretrain -- <name…> [--device wasm]`: makes models of the zoo from scratch, each by its recipe in
 * `src/zoo/<name>.ts`, and writes them with their cards to `public/models/`. Without a device, on the machine's graphics
 * card where there is one, on its processor otherwise.
 * `--appraise` trains nothing: it measures the stored model again and keeps what its card says of the training.
 */

const FOLDER = "public/models";

type Bundle = { recipe: Recipe } & Pick<
  typeof import("#zoo/pretraining"),
  "appraise" | "pretrain" | "startZoo"
>;

async function make(name: string, device: DeviceName, trains: boolean): Promise<void> {
  if (!existsSync(`src/zoo/${name}.ts`)) {
    throw new Error(
      `pretrain: expected the name of a recipe in src/zoo/, got "${name}": there is no src/zoo/${name}.ts`,
    );
  }
  const { recipe, pretrain, appraise, startZoo } = await bundled<Bundle>(
    `zoo-${name}`,
    `export { recipe } from "#zoo/${name}"; export { appraise, pretrain, startZoo } from "#zoo/pretraining";`,
  );
  const on = await startZoo({
    device,
    wasmPath: join(process.cwd(), "node_modules/@tensorflow/tfjs-backend-wasm/dist/"),
    readAsset: async (path) => new Uint8Array(readFileSync(join("public", path))).buffer,
    onProgress: ({ stage, step, steps }) => {
      if (step % 100 === 0) console.log(`${stage}: step ${step} of ${steps}`);
    },
    document: parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
  });
  mkdirSync(FOLDER, { recursive: true });
  const [modelFile, cardFile] = [join(FOLDER, `${name}.safetensors`), join(FOLDER, `${name}.json`)];
  const written = trains ? undefined : (JSON.parse(readFileSync(cardFile, "utf8")) as ModelCard);
  const { bytes, made } = written
    ? { bytes: new Uint8Array(readFileSync(modelFile)), made: madeAs(written) }
    : await pretrain(recipe).then(({ bytes, run }) => ({ bytes, made: { ...run, device: on, ...today() } }));
  if (!written) writeFileSync(modelFile, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (written && written.sha256 !== sha256) {
    throw new Error(
      `pretrain: expected ${modelFile} with SHA-256 ${written.sha256}, as its card says, got ${sha256}: ` +
        `make the model again: npm run pretrain -- ${name}`,
    );
  }
  const card: ModelCard = { ...(await appraise(recipe, bytes)), bytes: bytes.length, sha256, ...made };
  writeFileSync(cardFile, `${JSON.stringify(card, null, 1)}\n`);
  for (const { name, value, unit, baselines } of card.measures) {
    const beside = baselines.map((baseline) => `${baseline.name} ${baseline.value.toFixed(4)}`).join(", ");
    console.log(`${name}: ${value.toFixed(4)} ${unit} (${beside})`);
  }
}

/** Whether Node finds a graphics adapter that is no software. */
async function hasGraphicsCard(): Promise<boolean> {
  const adapter = await (await provideWebGpu()).requestAdapter();
  return (
    adapter !== null &&
    !/swiftshader|llvmpipe/i.test(`${adapter.info.architecture} ${adapter.info.description}`)
  );
}

type Made = Pick<ModelCard, "losses" | "device" | "seconds" | "date" | "commit" | "versions">;

/** What a card says of the training. */
function madeAs({ losses, device, seconds, date, commit, versions }: ModelCard): Made {
  return { losses, device, seconds, date, commit, versions };
}

/** When, and with what. */
function today(): Pick<ModelCard, "date" | "commit" | "versions"> {
  const core = JSON.parse(readFileSync("node_modules/@tensorflow/tfjs-core/package.json", "utf8")) as {
    version: string;
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    versions: { node: process.versions.node, "@tensorflow/tfjs-core": core.version },
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string" },
    appraise: { type: "boolean", default: false },
  },
});
if (positionals.length === 0) {
  console.error("Benchtop: which model? npm run pretrain -- tiny-gpt");
  process.exitCode = 1;
}
const device = (values.device as DeviceName | undefined) ?? ((await hasGraphicsCard()) ? "webgpu" : "wasm");
for (const name of positionals) await make(name, device, !values.appraise);
// A GPU's instance keeps the process alive for as long as it lives.
process.exit();
