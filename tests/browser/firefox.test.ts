import puppeteer, { type Browser } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerOf } from "#ledger/library";
import { addressOf, serveFolder } from "#setup/server";
import { findFirefox } from "#setup/program";
import { PAGE } from "#tests/browser/notebook-page";

const claims = ledgerOf("curse-of-depth")!.runs[0]!.claims;

let address: string;
let browser: Browser;
let close: () => void;
beforeAll(async () => {
  const server = await serveFolder("dist", { port: 0, base: "/" });
  address = addressOf(server, "/").replace(/\/$/, "");
  // Stock Firefox, over WebDriver BiDi; its software adapter for WebGPU is off, as it is for most readers of it.
  browser = await puppeteer.launch({ browser: "firefox", executablePath: findFirefox(), headless: true });
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterAll(async () => {
  await browser.close();
  close();
});

test("Firefox without WebGPU says why, what to do, and ends with the same claims", async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push((error as Error).message));
  await page.goto(address + PAGE);
  await page.select("[data-scale]", "quick");
  await page.click("[data-run]");
  await page.waitForSelector("[data-notebook][data-ended=well]", { timeout: 90_000 });
  const text = (selector: string) => page.$eval(selector, (element) => element.textContent);
  expect(await text("[data-status]")).toMatch(
    /^Done in [\d.]+ s\. On (webgl|wasm|cpu) \(.*Not used: webgpu: /,
  );
  expect(await text("[data-notice]")).toContain("open about:config, set dom.webgpu.enabled to true");
  for (const { id, kind } of claims) {
    const verdict = await page.$eval(`#claim-${id} [data-here]`, (cell) => cell.getAttribute("data-here"));
    expect(verdict, id).toBe(kind === "identity" || kind === "count" ? "holds" : "reported");
  }
  expect(errors).toEqual([]);
}, 120_000);

test("Firefox tells an error with its cell and line, stops, and keeps edits", async () => {
  const page = await browser.newPage();
  await page.goto(address + PAGE);
  await page.click("[data-restart]");
  const frame = await (await page.waitForSelector(
    "iframe.notebook-frame:not([data-hidden])",
  ))!.contentFrame();
  const editor = (await frame.waitForSelector("starboard-cell.celltype-typescript .cm-content"))!;
  const withControl = async (key: "a" | "Enter") => {
    await page.keyboard.down("Control");
    await page.keyboard.press(key);
    await page.keyboard.up("Control");
  };
  const run = async (code: string) => {
    await editor.focus();
    await withControl("a");
    await page.keyboard.press("Delete");
    await page.keyboard.type(code);
    await withControl("Enter");
  };
  await run("const a = 1;\nnull.x;");
  const alert = (await frame.waitForSelector("[role=alert] pre"))!;
  expect(await alert.evaluate((element) => element.textContent)).toContain("cell 1, line 2: TypeError");
  await run("await new Promise(() => {});");
  await frame.waitForSelector("[data-state=running]");
  await page.click("[data-stop]");
  await page.waitForSelector("[data-notebook][data-ended=stopped]");
  await page.reload();
  await page.waitForSelector("[data-edited]:not([hidden])");
}, 120_000);
