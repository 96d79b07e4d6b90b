import { globSync } from "node:fs";
import { build } from "esbuild";

/** What the bundle adds to the lab's modules: a way to begin outside of the site's pages, and to show what cells show. */
const OUTSIDE = `
import { env } from "@tensorflow/tfjs-core";
import { parseHTML } from "linkedom/worker";
import { startSession } from "#lab/session";
import { startDevice } from "#lab/device";

// TensorFlow.js knows browsers and Node; it takes Deno for Node, whose modules a bundle has not.
if (!globalThis.document) {
  env().setPlatform("web standards", {
    fetch: (...request) => fetch(...request),
    now: () => performance.now(),
    encode: (text) => new TextEncoder().encode(text),
    decode: (bytes, encoding) => new TextDecoder(encoding).decode(bytes),
    setTimeoutCustom: (call, delay) => setTimeout(call, delay),
    isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  });
}

/** What has been measured so far. */
export const claims = [];

/** Begins a session: data come from the site, the device is WebGPU where there is one, plain JavaScript otherwise. */
export async function start({ site, scale = "quick" }) {
  startSession({
    scale,
    readAsset: async (path) => {
      const response = await fetch(site + path);
      if (!response.ok) throw new Error("readAsset: " + response.url + ": the server answered " + response.status);
      return response.arrayBuffer();
    },
    onClaim: (claim) => {
      const { id, measured, unit, bound, verdict } = claim;
      claims.push(claim);
      console.log(verdict + ": " + id + ": " + measured + " " + unit + " " + JSON.stringify(bound));
    },
    document: globalThis.document ?? parseHTML("<!doctype html><html><body></body></html>").document,
  });
  const device = await startDevice(["webgpu", "cpu"]);
  return device.name + ": " + device.adapter;
}

/** A cell's value, drawn where the notebook's program can: figures as SVG. */
export function show(value) {
  if (!value?.figure) return value;
  if (globalThis.Deno) {
    return { [Symbol.for("Jupyter.display")]: () => ({ "image/svg+xml": coloured(value.svg), "text/plain": value.title }) };
  }
  const element = document.createElement("figure");
  element.innerHTML = coloured(value.svg);
  return element;
}

/** The page's colours, which the figures name and other programs do not know. */
const COLOURS = {
  "--series-1": "#1257b0", "--series-2": "#d1590a", "--series-3": "#0f8a7a", "--series-4": "#74203c",
  "--grid": "#ebe8df", "--ink": "#1a1b1f", "--ink-muted": "#5a5b61", "--paper": "#fcfbf8", "--rule-strong": "#8f8c83",
};
const coloured = (svg) => svg.replace(/var\\((--[\\w-]+)\\)/g, (name, key) => COLOURS[key] ?? "#5a5b61");
`;

/** The whole lab as one module, for notebooks that run outside of the site: `modules`, `start` and `show`. */
export async function labBundle(): Promise<string> {
  const names = globSync("src/lab/**/*.ts").map((file) => file.replace(/^src\/lab\/(.*)\.ts$/, "#lab/$1"));
  const specifiers = [...names.sort(), "@tensorflow/tfjs-core"];
  const contents = [
    ...specifiers.map((name, i) => `import * as m${i} from ${JSON.stringify(name)};`),
    `export const modules = {${specifiers.map((name, i) => `${JSON.stringify(name)}: m${i}`).join(", ")}};`,
    OUTSIDE,
  ].join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    mainFields: ["module", "main"],
    // Two devices are enough out there; the others need files of their own.
    external: ["@tensorflow/tfjs-backend-webgl", "@tensorflow/tfjs-backend-wasm"],
    define: { process: "undefined" },
    logLevel: "error",
  });
  return outputFiles[0]!.text;
}
