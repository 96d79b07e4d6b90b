import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

/** What a set-up script prints and how it exits. */
async function run(
  script: string,
  env: Record<string, string>,
): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [script], { env: { ...process.env, ...env } });
  let said = "";
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said: said.trim() };
}

test("a port in use: one sentence, before anything is built", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  const { port } = blocker.address() as AddressInfo;
  try {
    const { status, said } = await run("src/setup/start.ts", { PORT: String(port) });
    expect(status).toBe(1);
    expect(said).toBe(
      `Benchtop: port ${port} is in use: stop what listens there, or choose another, such as PORT=${port + 1} npm start.`,
    );
  } finally {
    blocker.close();
  }
});

test("a port that is no port", async () => {
  const { status, said } = await run("src/setup/start.ts", { PORT: "http" });
  expect(status).toBe(1);
  expect(said).toBe('Benchtop: PORT is "http": give a number from 1 to 65535, such as PORT=4321 npm start.');
});

test("a CHROMIUM_PATH that leads nowhere", async () => {
  const { status, said } = await run("src/setup/test.ts", { CHROMIUM_PATH: "/no/chromium" });
  expect(status).toBe(1);
  expect(said).toBe(
    'Benchtop: CHROMIUM_PATH is "/no/chromium", and there is no such file: correct it or unset it.\n\n0 passed, 1 failed',
  );
});

test("an npm that is too old", async () => {
  const { status, said } = await run("src/setup/versions.cjs", {
    npm_config_user_agent: "npm/6.14.18 node/v20.0.0",
  });
  expect(status).toBe(1);
  expect(said).toBe(
    "Benchtop: npm 10 or newer is needed, this is npm 6: run `npm install -g npm@11` and try again.",
  );
});

test("a current npm passes in silence", async () => {
  const { status, said } = await run("src/setup/versions.cjs", {
    npm_config_user_agent: "npm/11.2.0 node/v24.0.0",
  });
  expect({ status, said }).toEqual({ status: 0, said: "" });
});
