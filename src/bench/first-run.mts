import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium, type Page } from "playwright-core";
import { findChromium } from "#setup/program";
import { addressOf, serveFolder } from "#setup/server";

/*
 * `node src/bench/first-run.mts`: the first run of a notebook of the built site, from the press to the first claim, beside
 * a bare start of Pyodide, the least that any notebook needs which runs Python in the page. Both with a cold cache, on
 * localhost, in Chromium. Prints the seconds, and the bytes as a server sends them that compresses; medians of five.
 */

const PYODIDE = "314.0.7";
const RUNS = 5;

interface First {
  seconds: number;
  requests: number;
  bytes: number;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Bytes of all that a page fetches from now on, compressed as servers compress. */
function countFetched(page: Page): { bodies: Promise<number>[] } {
  const bodies: Promise<number>[] = [];
  page.on("response", (response) => {
    bodies.push(
      response.body().then(
        (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length,
        () => 0,
      ),
    );
  });
  return { bodies };
}

async function first(
  address: string,
  act: (page: Page) => Promise<{ press: () => Promise<unknown> }>,
): Promise<First> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(address);
    const { press } = await act(page);
    const { bodies } = countFetched(page);
    const began = performance.now();
    await press();
    const seconds = (performance.now() - began) / 1000;
    const sizes = await Promise.all(bodies);
    return { seconds, requests: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await browser.close();
  }
}

async function measured(name: string, one: () => Promise<First>): Promise<Record<string, string>> {
  const all: First[] = [];
  for (let run = 0; run < RUNS; run++) all.push(await one());
  const seconds = all.map((each) => each.seconds);
  return {
    "": name,
    seconds: `${median(seconds).toFixed(1)} (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)})`,
    "MB, compressed": (median(all.map(({ bytes }) => bytes)) / 1e6).toFixed(2),
    requests: String(median(all.map(({ requests }) => requests))),
  };
}

const site = await serveFolder("dist", { port: 0, base: "/" });
const notebook = (device: string) => () =>
  first(`${addressOf(site, "/")}t/curse-of-depth/`, async (page) => {
    await page.getByLabel("Size").selectOption("quick");
    await page.getByLabel("Device").selectOption(device);
    return {
      press: async () => {
        await page.evaluate(() => document.querySelector<HTMLElement>("[data-run]")!.click());
        await page.locator("[data-here] .claim-value").first().waitFor();
      },
    };
  });

const peers = join(process.cwd(), ".cache/peers");
if (!existsSync(join(peers, "node_modules/pyodide"))) {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, "package.json"), "{}");
  execFileSync("npm", ["install", "--no-audit", "--no-fund", `pyodide@${PYODIDE}`], {
    cwd: peers,
    stdio: "inherit",
  });
}
const folder = join(peers, "node_modules/pyodide");
writeFileSync(join(folder, "bench.html"), "<!doctype html><title>Pyodide</title>");
const python = await serveFolder(folder, { port: 0, base: "/" });
const pyodide = () =>
  first(`${addressOf(python, "/")}bench.html`, async (page) => ({
    press: () =>
      page.evaluate(async () => {
        const module = "/pyodide.mjs";
        const { loadPyodide } = (await import(module)) as {
          loadPyodide(): Promise<{ runPython(code: string): unknown }>;
        };
        const python = await loadPyodide();
        if (python.runPython("1 + 1") !== 2) throw new Error("Pyodide did not add");
      }),
  }));

console.table([
  await measured("first claim on wasm", notebook("wasm")),
  await measured("first claim on software WebGPU", notebook("webgpu")),
  await measured(`1 + 1 in Pyodide ${PYODIDE}`, pyodide),
]);
process.exit();
