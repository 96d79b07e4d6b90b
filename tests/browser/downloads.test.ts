import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Claim } from "#lab/claim";
import { ledgerOf } from "#ledger/library";
import { openSite, type Site } from "#setup/open-site";
import { PAGE } from "#tests/browser/notebook-page";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

test("each format is linked from the page and served at its address", async () => {
  const { page } = await site.open(PAGE);
  const links = await page
    .locator(".notebook-downloads a")
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  expect(links.map((link) => new URL(link).pathname)).toEqual(
    ["ts", "nb", "ipynb"].map((format) => `/notebooks/curse-of-depth.${format}`),
  );
  const [source, , jupyter] = await Promise.all(links.map(async (link) => (await fetch(link)).text()));
  expect(source).toBe(readFileSync("notebooks/curse-of-depth.ts", "utf8"));
  expect(JSON.parse(jupyter!)).toMatchObject({ nbformat: 4 });
});

test("the Starboard file's cells run as they stand, each in a scope of its own", async () => {
  // Cells are evaluated here as Starboard does, which the page's own policy would not have.
  const { page } = await site.open("/notebook-host/", { bypassCSP: true });
  const file = await (await fetch(`${site.address}notebooks/curse-of-depth.nb`)).text();
  const cells = file
    .split(/^# %% /m)
    .slice(1)
    .filter((cell) => cell.startsWith("[javascript]"))
    .map((cell) => cell.slice("[javascript]".length));
  const claims = await page.evaluate(
    async ({ cells, address }) => {
      const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
        body: string,
      ) => () => Promise<void>;
      for (const cell of cells) await new AsyncFunction(cell.replace("http://localhost:4321/", address))();
      return (globalThis as unknown as { benchtop: { claims: Claim[] } }).benchtop.claims;
    },
    { cells, address: site.address },
  );
  const recorded = ledgerOf("curse-of-depth")!.runs.find(({ scale }) => scale === "quick")!.claims;
  expect(claims.map(({ id }) => id)).toEqual(recorded.map(({ id }) => id));
  for (const { kind, verdict, id } of claims)
    expect(verdict, id).toBe(kind === "identity" || kind === "count" ? "holds" : "reported");
}, 180_000);
