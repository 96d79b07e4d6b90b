import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtSite, named } from "./built-site";

const site = builtSite();
const folder = "src/lab/dataset";
const modules = readdirSync(folder)
  .filter(
    (file) =>
      file.endsWith(".ts") && /^export const about: About/m.test(readFileSync(`${folder}/${file}`, "utf8")),
  )
  .map((file) => file.replace(/\.ts$/, ""));
const pageOf = (name: string) => site.pages.get(`/data/${name}/`)!;

describe("the pages of datasets", () => {
  test("are one for each module that tells about itself, all linked from their index", () => {
    expect(modules.length).toBeGreaterThanOrEqual(16);
    const paths = [...site.pages.keys()].filter((path) => /^\/data\/[^/]+\/$/.test(path));
    expect(paths.sort()).toEqual(modules.map((name) => `/data/${name}/`).sort());
    const linked = named(site.pages.get("/data/")!, "a").map(({ attributes }) => attributes.href);
    for (const path of paths) expect(linked).toContain(path);
  });
  test.each(modules)("%s: samples, size, how to import it, source and licence", (name) => {
    const page = pageOf(name);
    expect(named(page, "h2").map(({ text }) => text)).toEqual(
      expect.arrayContaining(["Samples", "Size and splits", "Use in a notebook", "Source and licence"]),
    );
    expect(named(page, "pre").some(({ text }) => text.includes(`#lab/dataset/${name}"`))).toBe(true);
    const samples = page.elements.filter(({ attributes }) => attributes.class === "data-sample");
    expect(samples.length).toBeGreaterThan(0);
    for (const { text } of samples) expect(text.trim().length).toBeGreaterThan(10);
    expect(page.html).not.toMatch(/\bNaN\b|\bundefined\b/);
  });
  test("say of every extract where it is from, and link it", () => {
    const extracts = readdirSync("public/data").filter((file) => !file.endsWith(".source.md"));
    const links = modules.flatMap((name) =>
      named(pageOf(name), "a").map(({ attributes }) => attributes.href),
    );
    for (const file of extracts) expect(links).toContain(`/data/${file}`);
    expect(pageOf("mail").html).toContain("CC0 1.0");
  });
  test("every drawing of theirs has a title and a description", () => {
    for (const name of modules) {
      const drawings = pageOf(name).html.match(/<svg[^>]*role="img"[\s\S]*?<\/svg>/g) ?? [];
      for (const drawing of drawings) expect(drawing).toMatch(/<title>[^<]+<\/title>\s*<desc>[^<]+<\/desc>/);
    }
    expect(pageOf("digits").html.match(/<svg[^>]*role="img"/g)).toHaveLength(40);
  });
});
