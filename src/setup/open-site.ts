import type { Server } from "node:http";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { findChromium } from "#setup/program";
import { addressOf, serveFolder } from "#setup/server";

/** A page of the built site, open in a real Chromium, with what went wrong on it so far. */
export interface OpenPage {
  page: Page;
  /** Errors on the console and uncaught ones, in words. */
  errors: string[];
  /** Requests to any origin but the site's own. */
  foreign: string[];
}

/** The built site, served, and a Chromium to look at it with. */
export interface Site {
  address: string;
  open(path: string, options?: BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

/** Software WebGPU, and nothing of Chromium's own on the network. */
const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/** Serves `dist/` and starts Chromium; without WebGPU when told so. */
export async function openSite({ webgpu = true }: { webgpu?: boolean } = {}): Promise<Site> {
  const server: Server = await serveFolder("dist", { port: 0, base: "/" });
  const address = addressOf(server, "/");
  const flags = webgpu
    ? FLAGS
    : [...FLAGS.filter((flag) => !flag.includes("webgpu")), "--disable-features=WebGPU"];
  const browser: Browser = await chromium.launch({ executablePath: findChromium(), args: flags });
  return {
    address,
    async open(path, options) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const errors: string[] = [];
      const foreign: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("request", (request) => {
        if (/^https?:/.test(request.url()) && !request.url().startsWith(address)) foreign.push(request.url());
      });
      await page.goto(address + path.replace(/^\//, ""));
      return { page, errors, foreign };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
