import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, type Site } from "#setup/open-site";
import { cell, ended, openCells, openPage, press } from "#tests/browser/notebook-page";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

test.each(["light", "dark"] as const)(
  "axe finds nothing on page and live notebook, in the %s theme",
  async (theme) => {
    // The page's policy refuses scripts from outside, axe's too: the check alone goes past it.
    const { page } = await openPage(site, undefined, { colorScheme: theme, bypassCSP: true });
    await press(page, "Run all");
    await ended(page, "well");
    const frames = page.frames();
    expect(frames).toHaveLength(2);
    for (const frame of frames) {
      await frame.evaluate(axe);
      const { violations } = await frame.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
    }
  },
  120_000,
);

test.each([320, 375, 1280])(
  "nothing sticks out at a width of %i px, and targets are 24 px or more",
  async (width) => {
    const { page } = await openPage(site, undefined, { viewport: { width, height: 800 } });
    await openCells(page);
    for (const frame of page.frames()) {
      expect(await frame.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const small = await frame.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>(
            ".notebook-panel :is(button, select, input), .cell-bar button",
          ),
        ]
          .filter((target) => target.offsetParent !== null)
          .map((target) => ({ height: target.getBoundingClientRect().height, text: target.innerText }))
          .filter(({ height }) => height < 24),
      );
      expect(small).toEqual([]);
    }
  },
);

test("everything is reached by keyboard: run, leave an editor by Escape and Tab, and see where the focus is", async () => {
  const { page } = await openPage(site);
  await page.getByRole("button", { name: "Run all" }).focus();
  await page.keyboard.press("Enter");
  await ended(page, "well");
  const focused = () =>
    page.evaluate(() => {
      const inside = document.activeElement?.tagName === "IFRAME";
      const root = inside ? (document.activeElement as HTMLIFrameElement).contentDocument! : document;
      return root.activeElement?.getAttribute("aria-label") ?? (root.activeElement as HTMLElement)?.innerText;
    });
  await cell(page, 2).locator(".cm-content").click();
  await page.keyboard.press("Tab");
  expect(await focused()).toMatch(/^Code of cell 2/);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  expect(await focused()).not.toMatch(/^Code of cell 2/);
  const outline = await cell(page, 3)
    .getByRole("button", { name: "Run:" })
    .evaluate((button) => {
      button.focus({ focusVisible: true } as FocusOptions);
      return getComputedStyle(button).outlineStyle;
    });
  expect(outline).not.toBe("none");
}, 120_000);

test("results are told to a screen reader once, not each step", async () => {
  const { page } = await openPage(site);
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => said.push(document.querySelector("[data-said]")!.textContent!)).observe(
      document.querySelector("[data-said]")!,
      { childList: true, characterData: true, subtree: true },
    );
  });
  await press(page, "Run all");
  await ended(page, "well");
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said.at(-1)).toMatch(/^Done in /);
  expect(said.length).toBeLessThan(5);
}, 120_000);
