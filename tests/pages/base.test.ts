import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSite } from "#setup/build";
import { type BuiltSite, builtSite, named } from "./built-site";
import { deadLinks } from "./links";

const outDir = ".cache/site-under-a-base-path";
let site: BuiltSite;

beforeAll(() => {
  buildSite({ base: "/kb/", outDir });
  site = builtSite(outDir, "/kb/");
});

afterAll(() => {
  rmSync(outDir, { recursive: true, force: true });
});

test("a site built for a base path finds every page, file and anchor under it", () => {
  expect(site.pages.size).toBeGreaterThan(100);
  expect(deadLinks(site)).toEqual([]);
});

test("no page links past the base path", () => {
  for (const page of site.pages.values()) {
    const links = named(page, "a").map(({ attributes }) => attributes.href ?? "");
    expect(
      links.filter((link) => link.startsWith("/") && !link.startsWith("/kb/")),
      page.path,
    ).toEqual([]);
  }
});
