import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSite, type Site } from "#setup/open-site";
import { queries } from "./queries";

/* How often the search page answers what an engineer types with the page meant, first, among three, among five. */

let site: Site;
beforeAll(async () => {
  site = await openSite({ webgpu: false });
});
afterAll(() => site.close());

test("asks for pages that exist, each query once", () => {
  expect(queries.length).toBeGreaterThanOrEqual(150);
  expect(new Set(queries.map(([query]) => query)).size).toBe(queries.length);
  for (const slug of queries.flatMap(([, expected]) => expected))
    expect(existsSync(`content/techniques/${slug}.mdx`), slug).toBe(true);
});

test("recall@1 ≥ 0.90, @3 ≥ 0.98", async () => {
  const { page, errors } = await site.open("/search/");
  const ranks: { query: string; rank: number; first: string | undefined }[] = [];
  for (const [query, expected] of queries) {
    await page.goto(new URL(`/search/?q=${encodeURIComponent(query)}`, site.address).href);
    await page.locator("#answer:not(:empty)").waitFor({ state: "attached" });
    const found = await page
      .locator("#results > li")
      .evaluateAll((items) => items.map((item) => item.querySelector("a")!.getAttribute("href")!));
    const wanted = [expected].flat().map((slug) => `/t/${slug}/`);
    const at = found.findIndex((href) => wanted.includes(href));
    ranks.push({ query, rank: at < 0 ? Infinity : at + 1, first: found[0] });
  }
  const recall = (k: number) => ranks.filter(({ rank }) => rank <= k).length / ranks.length;
  const missed = ranks.filter(({ rank }) => rank > 1);
  for (const { query, rank, first } of missed) console.log(`rank ${rank}: ${query} (first: ${first})`);
  console.log(
    `${ranks.length} queries: recall@1 ${recall(1).toFixed(3)}, @3 ${recall(3).toFixed(3)}, @5 ${recall(5).toFixed(3)}`,
  );
  expect(errors).toEqual([]);
  expect(recall(1)).toBeGreaterThanOrEqual(0.9);
  expect(recall(3)).toBeGreaterThanOrEqual(0.98);
}, 240_000);
