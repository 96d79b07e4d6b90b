import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNotebook } from "#notebook/source";
import type { Claim } from "#lab/claim";
import { ledgerOf } from "#ledger/library";
import { openSite, type OpenPage, type Site } from "#setup/open-site";
import { startHere, startNodeSession } from "#tests/lab/device-case";

const SLUG = "curse-of-depth";
const claims: Claim[] = ledgerOf(SLUG)?.runs[0]?.claims ?? [];
const codeCells = readNotebook(SLUG).cells.filter(({ type }) => type === "code");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

/** Presses Run all at the quick size and waits for the end, at most five minutes on a software adapter. */
async function runQuick({ page }: OpenPage): Promise<void> {
  await page.getByLabel("Size").selectOption("quick");
  await page.getByRole("button", { name: "Run all" }).click();
  await page.locator("[data-notebook][data-ended]").waitFor({ timeout: 300_000 });
}

/** What the notebook measures on wasm in Node, filled by its first run: a module is run once. */
const inNodeOnce: Claim[] = [];

/** Every claim on the page, against the same notebook on wasm in Node. */
async function expectSameNumbers({ page }: OpenPage): Promise<void> {
  await startHere("wasm");
  const inNode = inNodeOnce;
  if (inNode.length === 0) {
    startNodeSession({ scale: "quick", onClaim: (claim) => inNode.push(claim) });
    await import("#notebooks/curse-of-depth");
  }
  expect(inNode.map(({ id }) => id).sort()).toEqual(claims.map(({ id }) => id).sort());
  for (const { id, kind, measured } of inNode) {
    const here = Number(await page.locator(`#claim-${id} [data-here]`).getAttribute("data-measured"));
    const tolerance = kind === "identity" ? 1e-5 : 1e-4 * Math.max(1, Math.abs(measured));
    expect(Math.abs(here - measured), `${id}: ${here} in Chromium, ${measured} in Node`).toBeLessThan(
      tolerance,
    );
  }
}

describe("a run on WebGPU", () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await site.open(`/t/${SLUG}/`);
    await open.page.evaluate(() => {
      const told = new Set<string>();
      Object.assign(window, { told });
      const status = document.querySelector("[data-status]")!;
      new MutationObserver(() => told.add(status.textContent!)).observe(status, { childList: true });
    });
    await runQuick(open);
  }, 330_000);

  test("tells its stages: bytes loaded, the device, data, kernels compiled, cells, steps", async () => {
    const told = await open.page.evaluate(() => [...(window as unknown as { told: Set<string> }).told]);
    for (const stage of [
      /^Loading: [\d.]+ (kB|MB) of [\d.]+ MB, unpacked$/,
      /^Choosing a device …$/,
      /^Fetching data\/moby-dick\.txt …$/,
      /^Compiling: \d+ kernels so far …$/,
      /^On webgpu \(.*\): cell \d+ runs …$/,
      /^On webgpu \(.*\): pre-LN, seed 0: step 2 of 2, loss \d\.\d+$/,
    ]) {
      expect(
        told.some((text) => stage.test(text)),
        String(stage),
      ).toBe(true);
    }
  });

  test("ends well, on the webgpu backend, and says so", async () => {
    const root = open.page.locator("[data-notebook]");
    expect(await root.locator("[data-status]").innerText()).toMatch(/^Done in [\d.]+ s\. On webgpu \(/);
    expect(await root.getAttribute("data-ended")).toBe("well");
    expect(await root.getAttribute("data-device")).toBe("webgpu");
  });

  test("fills this device's cell of every claim with a number; identities and counts hold", async () => {
    expect(claims.length).toBeGreaterThan(5);
    for (const { id, kind } of claims) {
      const cell = open.page.locator(`#claim-${id} [data-here]`);
      expect(await cell.locator(".claim-value").innerText(), id).toMatch(/\d/);
      const judged = kind === "identity" || kind === "count";
      expect(await cell.getAttribute("data-here"), id).toBe(judged ? "holds" : "reported");
    }
  });

  test("measures on webgpu in Chromium what wasm measures in Node, within float32 rounding", () =>
    expectSameNumbers(open));

  test("shows in each live cell exactly the source of the file", async () => {
    const frame = open.page.frameLocator("iframe.notebook-frame");
    const editors = frame.locator("starboard-cell.celltype-typescript .cm-content");
    expect(await editors.count()).toBe(codeCells.length);
    for (const [i, cell] of codeCells.entries()) {
      // CodeMirror draws one element a line; an empty line holds a <br>.
      const lines = await editors.nth(i).locator(".cm-line").allTextContents();
      expect(lines.join("\n"), `cell ${cell.number}`).toBe(cell.source);
    }
  });

  test("draws the figures of the recorded run's cells", async () => {
    const recorded =
      ledgerOf(SLUG)?.runs[0]?.cells.filter(({ displayed }) => displayed?.kind === "figure") ?? [];
    expect(recorded.length).toBeGreaterThan(0);
    const frame = open.page.frameLocator("iframe.notebook-frame");
    expect(await frame.locator("figure.cell-figure svg path").count()).toBeGreaterThan(0);
    expect(await frame.locator("figure.cell-figure").count()).toBe(recorded.length);
  });

  test("is as high as what it holds, and its editors have names", async () => {
    const frame = open.page.frameLocator("iframe.notebook-frame");
    const inner = await frame.locator("body").evaluate((body) => (body as HTMLElement).offsetHeight);
    const outer = await open.page
      .locator("iframe.notebook-frame")
      .evaluate((element) => element.clientHeight);
    expect(outer).toBe(inner);
    const names = await frame.locator(".cm-content").evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(names).toEqual(
      codeCells.map(({ number }) => `Code of cell ${number}. Press Escape, then Tab, to leave the editor.`),
    );
  });

  test("is quiet: no error on the console, no request to another host", () => {
    expect(open.errors).toEqual([]);
    expect(open.foreign).toEqual([]);
  });

  test("an edit that fails names cell and line; the page stays alive and runs again", async () => {
    const { page } = open;
    const frame = page.frameLocator("iframe.notebook-frame");
    const first = frame.locator("starboard-cell.celltype-typescript").first();
    await first.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.insertText("// a new line\nnotThere();\n");
    await page.keyboard.press("Control+Enter");
    const alert = first.getByRole("alert");
    await alert.waitFor();
    expect(await alert.locator("pre").innerText()).toBe(
      "cell 1, line 2: ReferenceError: notThere is not defined",
    );
    // The frame's message arrives after its own display.
    await page
      .locator("[data-status]", { hasText: /^Cell 1 failed: `notThere` is neither declared/ })
      .waitFor();
  });
});

test.each(["webgl", "wasm", "cpu"])(
  "a run on %s measures the same",
  async (device) => {
    const open = await site.open(`/t/${SLUG}/`);
    await open.page.getByLabel("Device").selectOption(device);
    await runQuick(open);
    expect(await open.page.locator("[data-notebook]").getAttribute("data-device")).toBe(device);
    await expectSameNumbers(open);
    expect(open.errors).toEqual([]);
  },
  300_000,
);

test(
  "without WebGPU the run falls back, says why, and ends with the same claims",
  { timeout: 400_000 },
  async () => {
    const plain = await openSite({ webgpu: false });
    try {
      const open = await plain.open(`/t/${SLUG}/`);
      await runQuick(open);
      const status = await open.page.locator("[data-status]").innerText();
      expect(status).toMatch(/^Done in [\d.]+ s\. On (webgl|wasm|cpu) \(/);
      expect(status).toMatch(/Not used: webgpu: \S+/);
      for (const { id, kind } of claims) {
        const verdict = await open.page.locator(`#claim-${id} [data-here]`).getAttribute("data-here");
        expect(verdict, id).toBe(kind === "identity" || kind === "count" ? "holds" : "reported");
      }
      expect(open.errors).toEqual([]);
      await open.page.getByLabel("Device").selectOption("webgpu");
      await open.page.getByRole("button", { name: "Run all" }).click();
      await open.page.locator("[data-notebook][data-ended=badly]").waitFor();
      expect(await open.page.locator("[data-status]").innerText()).toBe(
        "Cell 1 failed: The chosen device does not work here. Choose “best available”, or another one.",
      );
    } finally {
      await plain.close();
    }
  },
);

test("the page reads with JavaScript off: text, code, recorded numbers", async () => {
  const { page } = await site.open(`/t/${SLUG}/`, { javaScriptEnabled: false });
  expect(await page.locator("h1").innerText()).toContain("The Curse of Depth");
  expect(await page.locator("blockquote").innerText()).toContain("we introduce the Curse of Depth");
  const sources = await page.locator("[data-cell=code] pre").allTextContents();
  expect(sources.filter((_, i) => i < codeCells.length)).toEqual(codeCells.map(({ source }) => source));
  for (const { id } of claims) {
    expect(await page.locator(`#claim-${id} .claim-value`).first().innerText(), id).toMatch(/\d/);
  }
  expect(await page.getByRole("button", { name: "Run all" }).isVisible()).toBe(false);
});

describe("the frame listens to its own page alone", () => {
  test("opened by itself it runs nothing that is posted to it", async () => {
    const { page } = await site.open("/notebook-host/");
    await page.waitForFunction(() => "runtime" in window);
    await page.evaluate(() => {
      postMessage(
        { type: "benchtop:open", slug: "x", cells: [{ type: "code", content: "globalThis.owned = 1" }] },
        "*",
      );
      postMessage({ type: "benchtop:run", scale: "quick", devices: ["cpu"] }, "*");
    });
    await page.waitForTimeout(500);
    expect(await page.locator("starboard-cell").count()).toBe(0);
    expect(await page.evaluate(() => "owned" in window)).toBe(false);
  });
});
