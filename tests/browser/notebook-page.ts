import type { Locator, Page } from "playwright-core";
import type { OpenPage, Site } from "#setup/open-site";

/** The page whose notebook the browser tests run. */
export const PAGE = "/t/curse-of-depth/";

/** A page whose runs take wasm, at the quick size: fast, and the same on any machine. */
export async function openPage(
  site: Site,
  path = PAGE,
  context: Parameters<Site["open"]>[1] = {},
): Promise<OpenPage> {
  const open = await site.open(path, context);
  await open.page.getByLabel("Size").selectOption("quick");
  await open.page.getByLabel("Device").selectOption("wasm");
  return open;
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();

/** What the panel tells. */
export const status = (page: Page): Locator => page.locator("[data-status]");

/** Waits for a run's end: "well", "badly" or "stopped". */
export const ended = (page: Page, how: string): Promise<void> =>
  page.locator(`[data-notebook][data-ended=${how}]:not([data-running])`).waitFor({ timeout: 60_000 });

/** The live cell of a number. */
export const cell = (page: Page, number: number): Locator =>
  page
    .frameLocator("iframe.notebook-frame")
    .locator("starboard-cell.celltype-typescript")
    .nth(number - 1);

/** What a live cell tells of its state. */
export const state = (page: Page, number: number): Locator => cell(page, number).locator(".cell-state");

/** Opens the live cells without running them. */
export async function openCells(page: Page): Promise<void> {
  await press(page, "Restart");
  await status(page).filter({ hasText: "Restarted" }).waitFor();
  await cell(page, 1).locator(".cm-content").waitFor();
}

/** Replaces a live cell's code, as a reader would. */
export async function write(page: Page, number: number, code: string): Promise<void> {
  await cell(page, number).locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(code);
}

/** Presses a live cell's own Run. */
export const runCell = (page: Page, number: number): Promise<void> =>
  cell(page, number).getByRole("button", { name: "Run:" }).click();
