import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSite, type Site } from "#setup/open-site";

let site: Site;
beforeAll(async () => {
  site = await openSite({ webgpu: false });
});
afterAll(() => site.close());

const shown = (page: Page) =>
  page
    .locator("tr[data-technique]:visible")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-technique")!));

describe("the index", () => {
  test("filters in place by facets, keeps the state in the address, and goes back", async () => {
    const { page, errors } = await site.open("/");
    const all = await shown(page);
    expect(all.length).toBeGreaterThanOrEqual(90);
    await page.locator('[data-facet=modality][data-value="audio"]').click();
    expect(await shown(page)).toEqual(["petl-ast"]);
    expect(page.url()).toMatch(/\?modality=audio$/);
    await page.locator('[data-facet=modality][data-value="vision"]').click();
    await page.locator('[data-facet=saves][data-value="latency"]').click();
    const some = await shown(page);
    expect(some.length).toBeGreaterThan(1);
    expect(some.length).toBeLessThan(20);
    expect(await page.locator("[data-found]").innerText()).toBe(`${some.length} of ${all.length} techniques`);
    const count = await page.locator("li:has(> [data-value=latency]) [data-count]").innerText();
    expect(Number(count)).toBe(some.length);
    await page.goBack();
    await page.goBack();
    expect(await shown(page)).toEqual(["petl-ast"]);
    await page.getByRole("button", { name: "Clear filters" }).click();
    expect(await shown(page)).toEqual(all);
    expect(new URL(page.url()).search).toBe("");
    expect(errors).toEqual([]);
  });

  test("shows what an address states, as cards too", async () => {
    const { page } = await site.open("/?status=reproduced&view=cards");
    const some = await shown(page);
    expect(some).toContain("ssf");
    expect(some).not.toContain("vqt");
    expect(await page.getByRole("button", { name: "Cards" }).getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Cards" }).click();
    expect(page.url()).toMatch(/\?status=reproduced$/);
  });

  test("leads to pages of facets without a script", async () => {
    const { page } = await site.open("/", { javaScriptEnabled: false });
    await page.locator('[data-facet=saves][data-value="latency"]').click();
    expect(new URL(page.url()).pathname).toBe("/by/saves/latency/");
    const listed = await shown(page);
    await page.goto(new URL("/?saves=latency", site.address).href);
    expect(listed.length).toBeGreaterThan(5);
    const { page: scripted } = await site.open("/?saves=latency");
    expect(await shown(scripted)).toEqual(listed);
  });

  test("chooses up to five to compare", async () => {
    const { page } = await site.open("/");
    const boxes = page.locator(".compare-box");
    for (let i = 0; i < 5; i++) await boxes.nth(i).check();
    expect(await boxes.nth(5).isDisabled()).toBe(true);
    await page.getByRole("link", { name: "Compare 5 side by side" }).click();
    await page.locator("[data-side-by-side] thead a").nth(4).waitFor();
    expect(await page.locator("[data-side-by-side] thead a").count()).toBe(5);
  });
});

describe("the comparison", () => {
  test("sets techniques side by side, marks the facts that differ, and hides the others", async () => {
    const { page, errors } = await site.open("/compare/?t=hft,s2ft,nothing");
    const table = page.locator("[data-side-by-side]");
    expect(await table.locator("thead a").allInnerTexts()).toEqual(["HFT", "S²FT"]);
    const row = (fact: string) => table.locator("tr", { has: page.getByRole("rowheader", { name: fact }) });
    const isMarked = (fact: string) => row(fact).evaluate((line) => line.classList.contains("differs"));
    expect(await isMarked("Family")).toBe(false);
    expect(await isMarked("Trainable parameters")).toBe(true);
    expect(await isMarked("Changes")).toBe(false); // sentences always differ
    await page.getByLabel("Only what differs").check();
    expect(await row("Family").count()).toBe(0);
    await page.getByLabel("Add a technique").selectOption("ssf");
    expect(page.url()).toMatch(/\?t=hft,s2ft,ssf$/);
    await page.getByRole("button", { name: "Take HFT out" }).click();
    expect(page.url()).toMatch(/\?t=s2ft,ssf$/);
    expect(errors).toEqual([]);
  });

  test("goes out as CSV and as JSON", async () => {
    const { page } = await site.open("/compare/?t=hft,s2ft");
    const saved = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name }).click(),
      ]);
      return { file: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const csv = await saved("Download CSV");
    expect(csv.file).toBe("hft-s2ft.csv");
    expect(csv.text.split("\r\n")[0]).toBe(",HFT,S²FT");
    const json = await saved("Download JSON");
    const [hft, s2ft] = JSON.parse(json.text) as Record<string, string>[];
    expect(hft).toMatchObject({ name: "HFT", Status: "reproduced", Year: "2024" });
    expect(s2ft!["Trainable parameters"]).toContain("$d \\sum"); // a formula as TeX, once
  });

  test("is a table of all without a script", async () => {
    const { page } = await site.open("/compare/", { javaScriptEnabled: false });
    expect(await page.locator("[data-all] tbody tr").count()).toBeGreaterThanOrEqual(90);
    expect(await page.locator(".compare-form").isVisible()).toBe(false);
  });
});

test("the map is walked by keyboard: a focused name marks what it is related to, and Enter opens its page", async () => {
  const { page, errors } = await site.open("/map/");
  await page.locator('[data-place="hedgehog"]').focus();
  const near = await page
    .locator(".map-place.near")
    .evaluateAll((places) => places.map((place) => place.getAttribute("data-place")));
  expect(near).toContain("transnormer");
  expect(await page.locator("line.near").count()).toBe(near.length);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/t/hedgehog/");
  expect(errors).toEqual([]);
});

describe("a technique page", () => {
  test("marks the other uses of a symbol, in equations and in the code", async () => {
    const { page, errors } = await site.open("/t/ssf/");
    const name = page.locator(".symbol-name").first();
    await name.waitFor();
    await name.focus();
    const marked = await page.locator(".symbol-mark").allInnerTexts();
    expect(new Set(marked)).toEqual(new Set(["γ", "β"]));
    expect(marked.length).toBeGreaterThan(8);
    const inCode = () =>
      page.evaluate(() =>
        [...((CSS.highlights.get("symbol") ?? []) as Iterable<Range>)].map((range) => range.toString()),
      );
    expect(new Set(await inCode())).toEqual(new Set(["initPairs"]));
    await page.locator(".equation .mord", { hasText: /^x$/ }).first().hover();
    expect(new Set(await page.locator(".symbol-mark").allInnerTexts())).toEqual(new Set(["x"]));
    expect(await inCode()).toEqual([]); // not in the table
    expect(errors).toEqual([]);
  });

  test("marks symbols without a table too, and a letter apart from the same one with an index", async () => {
    const { page, errors } = await site.open("/t/vqt/");
    const symbol = (tex: RegExp) => page.locator(".equation .mord", { hasText: tex });
    await symbol(/^Z$/).first().hover(); // of Z̃, or of Z with an index
    await symbol(/^Q$/).first().hover();
    const marked = await page.locator(".symbol-mark").allInnerTexts();
    expect(new Set(marked.map((text) => text.replace(/\s/g, "")[0]))).toEqual(new Set(["Q"]));
    expect(marked.length).toBeGreaterThanOrEqual(2);
    expect(errors).toEqual([]);
  });

  test("copies itself as a Markdown link and as a frame, with whole addresses", async () => {
    const { page } = await site.open("/t/ssf/", { permissions: ["clipboard-read", "clipboard-write"] });
    const copied = async (name: string) => {
      await page.getByRole("button", { name }).click();
      await page.getByText("Copied", { exact: true }).first().waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied("Copy as Markdown link")).toMatch(/^\[SSF\]\(http:\/\/[^)]+\/t\/ssf\/\)$/);
    expect(await copied("Copy embed")).toMatch(/^<iframe src="http:\/\/[^"]+\/embed\/ssf\/"/);
  });

  test("stands in a frame of another page", async () => {
    const { page } = await site.open("/");
    await page.setContent(`<iframe src="${new URL("/embed/ssf/", site.address).href}" width="700"></iframe>`);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { name: "SSF" }).waitFor();
    expect(await frame.locator("li").count()).toBe(7);
  });

  test("is reached by the paper's identifier", async () => {
    const { page } = await site.open("/arxiv/2210.08823/");
    await page.waitForURL("**/t/ssf/");
  });
});
