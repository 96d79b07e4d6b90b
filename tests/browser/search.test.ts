import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSite, type Site } from "#setup/open-site";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

/** Types into the open dialog and returns the addresses of the pages that it offers, best first. */
async function offered(page: Page, words: string): Promise<(string | null)[]> {
  await page.getByRole("combobox", { name: "Search Benchtop" }).fill(words);
  await page.locator(".search-note", { hasText: /page/ }).waitFor();
  const options = page.locator(".option:not(.option-section)");
  return options.evaluateAll((found) => found.map((option) => option.getAttribute("href")));
}

describe("the search dialog", () => {
  test("opens on / and finds a page by its acronym, first", async () => {
    const { page, errors, foreign } = await site.open("/t/s2ft/");
    await page.keyboard.press("/");
    expect((await offered(page, "LNS"))[0]).toBe("/t/curse-of-depth/");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/t/curse-of-depth/");
    expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
  });

  test("opens on Ctrl-K and finds a page by a word of its abstract", async () => {
    const { page } = await site.open("/");
    await page.keyboard.press("Control+k");
    // "DeepSeek" stands in one abstract of the ninety.
    expect((await offered(page, "DeepSeek"))[0]).toBe("/t/curse-of-depth/");
  });

  test("closes on Escape and gives the focus back", async () => {
    const { page } = await site.open("/");
    await page.locator("[data-theme-switch]").focus();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.hasAttribute("data-theme-switch"))).toBe(true);
  });
});

describe("the search page", () => {
  const results = (page: Page) =>
    page
      .locator("#results a[href*='/t/']:not([href*='#'])")
      .evaluateAll((links) => links.map((a) => a.getAttribute("href")));

  test("shows the results of a link, and keeps the filters in the address", async () => {
    const { page } = await site.open("/search/?q=forgetting&modality=text");
    await page.locator("#results li").first().waitFor();
    const before = await results(page);
    expect(before.length).toBeGreaterThan(1);
    expect(before).toContain("/t/hft/");
    await page.locator("#filters input[name=family]:not(:checked)").first().check();
    expect(page.url()).toMatch(/q=forgetting&modality=text&family=/);
  });

  test("browses by filters alone: a family's members, all of them", async () => {
    const { page } = await site.open("/search/?family=Quantisation");
    await page.locator("#results li").first().waitFor();
    expect((await results(page)).sort()).toEqual(["/t/quantizable-transformers/", "/t/roste/"]);
  });

  test("takes a misspelt word for the one that was meant, and says so", async () => {
    const { page } = await site.open("/search/?q=hedgehgo");
    await page.locator("#results li").first().waitFor();
    expect((await results(page))[0]).toBe("/t/hedgehog/");
    expect(await page.locator("#answer").innerText()).toContain(
      "for “hedgehog”; no page has all of “hedgehgo”",
    );
  });

  test("finds a paper by its address on arXiv, alone", async () => {
    const { page } = await site.open("/search/?q=https%3A%2F%2Farxiv.org%2Fabs%2F2402.04347v2");
    await page.locator("#results li").first().waitFor();
    expect(await results(page)).toEqual(["/t/hedgehog/"]);
  });

  test("answers helpfully when nothing is found", async () => {
    const { page } = await site.open("/search/?q=xqzvkj");
    await page.locator("#advice:not([hidden])").waitFor();
    expect(await page.locator("#advice").innerText()).toContain("shows everything on one page");
    expect(await page.locator("#results li").count()).toBe(0);
  });
});
