import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openSite, type Site } from "#setup/open-site";
import {
  cell,
  ended,
  openCells,
  openPage,
  PAGE,
  press,
  runCell,
  state,
  status,
  write,
} from "#tests/browser/notebook-page";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

/** Presses Stop; returns how many more steps were told until all had ended, and prints how long that took. */
async function stepsAfterStop(page: Page): Promise<number> {
  const { ms, steps } = await page.evaluate(async () => {
    const root = document.querySelector<HTMLElement>("[data-notebook]")!;
    const bar = root.querySelector("progress")!;
    let steps = -1;
    let value: number | undefined;
    const began = performance.now();
    root.querySelector<HTMLElement>("[data-stop]")!.click();
    while (root.dataset.ended !== "stopped") {
      if (bar.value !== value) steps++;
      value = bar.value;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return { ms: performance.now() - began, steps };
  });
  console.log(`stopped within ${ms.toFixed(0)} ms`);
  return steps;
}

describe("stop", () => {
  let page: Page;
  beforeEach(async () => {
    ({ page } = await openPage(site));
  });

  test("in the middle of training takes effect with the step under way, and the notebook runs again", async () => {
    await page.getByLabel("Size").selectOption("full");
    await press(page, "Run all");
    await status(page)
      .filter({ hasText: /step \d+ of \d+, .* left/ })
      .waitFor({ timeout: 60_000 });
    expect(
      (await cell(page, 5).locator(".cell-live figure svg").count()) +
        (await page.frameLocator("iframe.notebook-frame").locator(".cell-live svg").count()),
    ).toBeGreaterThan(0);
    // The step under way, and the one whose report was on its way.
    expect(await stepsAfterStop(page)).toBeLessThanOrEqual(2);
    expect(await status(page).innerText()).toMatch(
      /^Stopped after [\d.]+ s\. Numbers computed so far stay\.$/,
    );
    await page.getByLabel("Size").selectOption("quick");
    await press(page, "Run all");
    await ended(page, "well");
  });

  test("takes effect before the notebook is there, too; pressing buttons twice does no harm", async () => {
    await page.evaluate(() => {
      const button = (name: string) => document.querySelector<HTMLElement>(`[data-${name}]`)!;
      for (const name of ["run", "run", "stop", "stop"]) button(name).click();
    });
    await status(page).filter({ hasText: "Stopped before anything ran." }).waitFor();
    expect(await page.locator("[data-cell=code]").first().isVisible()).toBe(true);
    await page.evaluate(() => {
      const restart = document.querySelector<HTMLElement>("[data-restart]")!;
      restart.click();
      restart.click();
    });
    await status(page).filter({ hasText: "Restarted: nothing has run." }).waitFor();
    await page.waitForTimeout(500);
    expect(await page.locator("iframe.notebook-frame").count()).toBe(1);
    await press(page, "Run all");
    await ended(page, "well");
  });

  test("ends a wait that would never end", async () => {
    await openCells(page);
    await write(page, 1, "await new Promise(() => {});");
    await runCell(page, 1);
    await state(page, 1).filter({ hasText: "running" }).waitFor();
    expect(await stepsAfterStop(page)).toBeLessThanOrEqual(1);
    expect(await cell(page, 1).locator(".cell-stopped").innerText()).toContain("Stopped.");
  });
});

test("a cell that throws is told in plain words, with its trace", async () => {
  const { page, errors } = await openPage(site);
  await openCells(page);
  await write(page, 1, "function deep(x: { y?: { z: number } }) {\n  return x.y!.z;\n}\n\ndeep({});");
  await runCell(page, 1);
  const alert = cell(page, 1).getByRole("alert");
  expect(await alert.locator("p").innerText()).toBe("Something is read of a value that is not there.");
  expect(await alert.locator("pre").innerText()).toContain("cell 1, line 2: TypeError");
  expect(await alert.locator("li").allTextContents()).toEqual(["cell 1, line 2, in deep", "cell 1, line 5"]);
  expect(await status(page).innerText()).toBe(
    "Cell 1 failed: Something is read of a value that is not there.",
  );
  expect(errors).toEqual([]);
});

test("10,000 console lines stay smooth: kept to a thousand, counted in full", async () => {
  const { page } = await openPage(site);
  await openCells(page);
  await write(page, 1, "for (let i = 0; i < 10_000; i++) console.log(`line ${i}`);");
  await runCell(page, 1);
  await state(page, 1).filter({ hasText: "✓" }).waitFor();
  const lines = await cell(page, 1).locator(".cell-console span").allTextContents();
  expect(lines).toHaveLength(1000);
  expect([lines[0], lines.at(-1)]).toEqual(["line 0\n", "… 9001 more lines not shown\n"]);
});

test("a huge allocation is told as such, and another device is offered", async () => {
  const { page } = await openPage(site);
  await openCells(page);
  await write(
    page,
    1,
    'import * as tf from "@tensorflow/tfjs-core";\nconst kept = [];\nfor (let i = 0; i < 40; i++) kept.push(tf.zeros([32768, 8192]));',
  );
  await runCell(page, 1);
  await ended(page, "badly");
  expect(await status(page).innerText()).toContain("The device ran out of memory.");
  const notice = page.locator("[data-notice]");
  expect(await notice.getByRole("button").allTextContents()).toEqual(["Run on cpu", "Try wasm again"]);
});

test("a lost device is told as such, freed, and the next one runs the notebook", async () => {
  const { page } = await site.open(PAGE);
  await page.getByLabel("Size").selectOption("quick");
  await page.getByLabel("Device").selectOption("webgpu");
  await openCells(page);
  await write(
    page,
    2,
    'import * as gone from "@tensorflow/tfjs-core";\n(gone.backend() as unknown as { device: GPUDevice }).device.destroy();\nawait gone.square(gone.ones([4])).data();',
  );
  await runCell(page, 2);
  await ended(page, "badly");
  expect(await status(page).innerText()).toContain("The graphics device went away.");
  await press(page, "Reset code");
  await status(page).waitFor();
  await page.getByLabel("Device").selectOption("wasm");
  await press(page, "Run all");
  await ended(page, "well");
  expect(await page.locator("[data-notebook]").getAttribute("data-device")).toBe("wasm");
}, 120_000);
