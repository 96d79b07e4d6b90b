import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSite, type Site } from "#setup/open-site";

/* Each kind of page, in both themes and at two widths: nothing for axe to complain of, nothing that sticks out. */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kinds = [
  "/",
  "/?modality=vision&view=cards",
  "/by/saves/latency/",
  "/families/",
  "/families/low-rank-adapters/",
  "/map/",
  "/compare/",
  "/compare/?t=hft,s2ft,lozo",
  "/search/?q=forgetting",
  "/t/vqt/",
  "/t/ssf/",
  "/arena/tuning/",
  "/models/",
  "/models/tiny-gpt/",
  "/data/",
  "/data/digits/",
  "/embed/hft/",
  "/404.html",
];

let site: Site;
beforeAll(async () => {
  site = await openSite({ webgpu: false });
});
afterAll(() => site.close());

describe.each(kinds)("%s", (path) => {
  test.each([
    ["light", 1280],
    ["dark", 375],
  ] as const)("%s, %i px wide", async (colorScheme, width) => {
    // The page's policy refuses scripts from outside, axe's too: the check alone goes past it.
    const options = { colorScheme, viewport: { width, height: 800 }, bypassCSP: true };
    const { page, errors, foreign } = await site.open(path, options);
    if (path.startsWith("/search/")) await page.locator("#results li").first().waitFor();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
  });
});
