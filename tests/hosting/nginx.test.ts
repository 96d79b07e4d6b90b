import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findNginx } from "#setup/program";

/* The built site, served by a real nginx with the example for hosts, at the root and below a path. */

const folder = mkdtempSync(join(tmpdir(), "benchtop-nginx-"));
let nginx: ChildProcess;
let address: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  cpSync("dist/404.html", join(folder, "404.html"));
  symlinkSync(resolve("dist"), join(folder, "kb"));
  const example = readFileSync("src/hosting/nginx.conf", "utf8");
  const server = example
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace("/srv/benchtop;", `${folder};`);
  expect(server).not.toBe(example);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    join(folder, "nginx.conf"),
    `${user}\npid ${folder}/pid;\nerror_log ${folder}/error.log;\ndaemon off;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}\n}\n`,
  );
  nginx = spawn(findNginx(), ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "inherit" });
  await vi.waitFor(() => fetch(address), { timeout: 10_000 });
});

afterAll(async () => {
  const ended = new Promise((exit) => nginx.once("exit", exit));
  nginx.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers = {}) => fetch(`${address}/kb${path}`, { redirect: "manual", headers });

describe("nginx with the example", () => {
  test("serves a page by its folder, compressed, never stale, framed by itself alone", async () => {
    const { status, headers } = await get("/t/hft/");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-encoding")).toBe("gzip");
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("content-security-policy")).toBe("frame-ancestors 'self'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const etag = headers.get("etag")!;
    expect((await get("/t/hft/", { "if-none-match": etag })).status).toBe(304);
  });

  test("sends an address without its last slash on, and a wrong one to the page that says so", async () => {
    const { status, headers } = await get("/t/hft");
    expect([status, new URL(headers.get("location")!).pathname]).toEqual([301, "/kb/t/hft/"]);
    const missing = await get("/t/nothing/");
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain("not in the notebook");
  });

  test("lets other sites frame what is made for that", async () => {
    expect((await get("/embed/hft/")).headers.get("content-security-policy")).toBe("frame-ancestors *");
  });

  test("keeps for a year what changes its name with its content", async () => {
    const html = await (await get("/t/hft/")).text();
    const [, sheet] = /href="(\/_astro\/[^"]+\.css)"/.exec(html)!;
    const { status, headers } = await get(sheet!);
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
  });

  test.each([
    ["/t/hft.md", "text/markdown; charset=utf-8"],
    ["/t/hft.json", "application/json; charset=utf-8"],
    ["/notebooks/hft.ts", "text/plain; charset=utf-8"],
    ["/notebooks/hft.ipynb", "application/x-ipynb+json"],
    ["/badge/hft.svg", "image/svg+xml; charset=utf-8"],
    ["/og/t/hft.png", "image/png"],
    ["/feed.xml", "application/xml; charset=utf-8"],
    ["/models/tiny-gpt.safetensors", "application/octet-stream"],
  ])("%s is %s", async (path, type) => {
    const { status, headers } = await get(path);
    expect([status, headers.get("content-type")]).toEqual([200, type]);
  });
});
