import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/*
 * `node src/bench/pages.mts [count]`: seconds to build the site as it is, and with as many generated techniques (2,000 if
 * left out), which have the text of pages without a notebook under other names; first without pictures in the cache, then
 * with them. Prints seconds, pages, and bytes of the index that search loads.
 */

const count = Number(process.argv[2] ?? 2000);
const folder = mkdtempSync(join(tmpdir(), "benchtop-pages-"));
const kept = [
  "src",
  "content",
  "notebooks",
  "seeds",
  "public",
  "astro.config.mjs",
  "package.json",
  "tsconfig.json",
];
for (const name of kept) cpSync(name, join(folder, name), { recursive: true });
symlinkSync(resolve("node_modules"), join(folder, "node_modules"));

function build(what: string): void {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync("astro", ["build"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, SITE: "http://localhost:4321", ASTRO_TELEMETRY_DISABLED: "1" },
  });
  if (status !== 0)
    throw new Error(`pages: the build failed:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  const seconds = (performance.now() - began) / 1000;
  const techniques = readdirSync(join(folder, "dist/t")).filter((name) => !name.includes(".")).length;
  console.log(`${what}: ${techniques} techniques in ${seconds.toFixed(1)} s`);
}

function generate(): void {
  const pages = readdirSync("content/techniques").filter((name) => name.endsWith(".mdx"));
  const texts = pages
    .map((name) => readFileSync(join("content/techniques", name), "utf8"))
    .filter((text) => !/^claims:/m.test(text));
  const entries: string[] = [];
  for (let i = 0; i < count; i++) {
    const text = texts[i % texts.length]!;
    const title = `Generated Technique ${i}`;
    entries.push(
      title,
      `Abstract of generated technique ${i}. It stands for a real one, and says as much as two sentences can.`,
    );
    const page = text
      .replace(/^title: .*$/m, `title: ${title}`)
      .replace(/^name: .*$/m, `name: Generated ${i}`)
      .replace(/^arxiv: .*\n/m, "")
      .replace(/^aliases:\n(?: {2}.*\n)*/m, "");
    writeFileSync(join(folder, `content/techniques/generated-${i}.mdx`), page);
  }
  const head = ["new", "", "Mar 13", ""];
  writeFileSync(join(folder, "seeds/generated.txt"), [...head, entries.join("\n\n"), ""].join("\n"));
}

try {
  build("as it is, no picture drawn yet");
  build("again, pictures from the cache");
  generate();
  build(`with ${count} generated, their pictures not drawn yet`);
  build("again, pictures from the cache");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
