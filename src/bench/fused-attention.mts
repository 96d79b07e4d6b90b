import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import { findChromium } from "#setup/program";
import { vulkanOf } from "#setup/vulkan";

/*
 * `node src/bench/fused-attention.mts [--gpu] [time …]`: times `attend` and `fusedAttention` on webgpu in one run, and prints
 * the ratios. In software, on Chromium's Vulkan driver; with --gpu on the driver that the machine has.
 */

// TensorFlow.js registers its gradients in its ES modules alone, which Node does not load as they are.
const outfile = join(process.cwd(), ".cache/bench/fused-attention.mjs");
await build({
  entryPoints: ["src/bench/fused-attention-times.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  mainFields: ["module", "main"],
  external: ["webgpu", "@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-backend-webgl"],
  // TensorFlow.js asks for `require`, which an ES module does not have.
  banner: { js: 'import{createRequire as $r}from"node:module";const require=$r(import.meta.url);' },
  logLevel: "error",
});
const driver = process.argv.includes("--gpu") ? {} : vulkanOf(findChromium());
if (!driver) throw new Error("bench: expected Chromium with its Vulkan driver, got none: use --gpu");
const lengths = process.argv.slice(2).filter((argument) => argument !== "--gpu");
process.exitCode =
  spawnSync(process.execPath, [outfile, ...lengths], { stdio: "inherit", env: { ...process.env, ...driver } })
    .status ?? 1;
