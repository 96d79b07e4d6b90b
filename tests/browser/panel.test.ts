import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNotebook } from "#notebook/source";
import { markOf } from "#panel/edits";
import { linkedEdits, linkFragment } from "#panel/link";
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

const published = readNotebook("curse-of-depth").cells.filter(({ type }) => type === "code");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

test("the price of a run stands there before it, and is what a run loads", async () => {
  const { page } = await site.open(PAGE);
  expect(await status(page).innerText()).toMatch(/^A run downloads about \d\.\d MB once, and took \d+ s on /);
  const { bytes } = JSON.parse((await page.locator("[data-facts]").textContent())!) as { bytes: number };
  const loaded = { bytes: 0 };
  page.on("response", (response) => {
    void response.body().then(
      (body) => (loaded.bytes += body.length),
      () => {},
    );
  });
  await page.getByLabel("Size").selectOption("quick");
  await press(page, "Run all");
  await ended(page, "well");
  expect(Math.abs(loaded.bytes - bytes) / bytes).toBeLessThan(0.05);
}, 120_000);

test("coming near Run fetches the notebook and runs nothing", async () => {
  const { page } = await openPage(site);
  await page.getByRole("button", { name: "Run all" }).hover();
  await page.locator("iframe.notebook-frame").waitFor({ state: "attached" });
  await cell(page, 1).locator(".cm-content").waitFor({ state: "attached" });
  expect(await page.locator("iframe.notebook-frame").isVisible()).toBe(false);
  expect(await page.locator("[data-cell=code]").first().isVisible()).toBe(true);
  expect(await page.locator("[data-notebook][data-device]").count()).toBe(0);
});

test("leaving the page frees the notebook", async () => {
  const { page } = await openPage(site);
  await openCells(page);
  await page.goto(`${site.address}t/lora/`).catch(() => page.goto(site.address));
  await page.goBack();
  expect(await page.locator("iframe.notebook-frame").count()).toBe(0);
  expect(await page.locator("[data-cell=code]").first().isVisible()).toBe(true);
});

describe("single cells", () => {
  test("run by their keys and their buttons, and tell when they are out of date", async () => {
    const { page } = await openPage(site);
    await openCells(page);
    await write(page, 1, "const one = 1;");
    await page.keyboard.press("Shift+Enter");
    await state(page, 1).filter({ hasText: "✓" }).waitFor();
    // Shift-Enter has gone on to the next cell.
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("one + 1;");
    await page.keyboard.press("Control+Enter");
    await cell(page, 2).locator(".cell-value", { hasText: "2" }).waitFor();
    await write(page, 1, "const one = 10;");
    expect(await state(page, 1).innerText()).toContain("out of date");
    expect(await state(page, 2).innerText()).toContain("out of date");
    await cell(page, 2).getByRole("button", { name: "Run to here" }).click();
    await cell(page, 2).locator(".cell-value", { hasText: "11" }).waitFor();
    expect(
      await page.frameLocator("iframe.notebook-frame").locator("starboard-cell.celltype-typescript").count(),
    ).toBe(published.length);
  });

  test("one that needs another says which, and how to run it", async () => {
    const { page } = await openPage(site);
    await openCells(page);
    await runCell(page, 5);
    const alert = cell(page, 5).getByRole("alert");
    expect(await alert.locator("p").innerText()).toMatch(
      /^`\w+` is declared in cell \d, which has not run: press “Run to here” on this cell\.$/,
    );
  });

  test("show tensors and quantities for what they are", async () => {
    const { page } = await openPage(site);
    await openCells(page);
    await write(
      page,
      1,
      'import * as tf from "@tensorflow/tfjs-core";\ntf.reshape(tf.range(0, 64), [8, 8]);',
    );
    await runCell(page, 1);
    const tensor = cell(page, 1).locator(".cell-tensor");
    await tensor.waitFor();
    expect((await tensor.locator("dl").innerText()).replace(/\s+/g, " ")).toContain(
      "shape [8, 8] type float32 least 0 greatest 63 mean 31.5",
    );
    expect(await tensor.locator("svg").count()).toBe(1);
    await tensor.locator("summary").click();
    expect(await tensor.locator(".cell-data tbody tr").count()).toBe(8);
    await write(
      page,
      1,
      'import { quantity } from "#lab/figure/quantity";\nquantity(1.77345, "nats per character");',
    );
    await runCell(page, 1);
    await cell(page, 1).locator(".cell-quantity", { hasText: "1.773 nats per character" }).waitFor();
  });
});

describe("edits", () => {
  test("are kept over a reload, marked, run with the notebook, and go with Reset code, which can be undone", async () => {
    const { page } = await openPage(site);
    await openCells(page);
    await write(page, 2, `${published[1]!.source}\nconst mine = 42;\nmine;`);
    const badge = page.locator("[data-edited]");
    await badge.waitFor();
    expect(await badge.innerText()).toContain("Edited: 1 cell");
    await page.reload();
    await badge.waitFor();
    await page.getByLabel("Size").selectOption("quick");
    await page.getByLabel("Device").selectOption("wasm");
    await press(page, "Run all");
    await ended(page, "well");
    expect(await cell(page, 2).locator(".cell-value").innerText()).toBe("42");
    await press(page, "Reset code");
    await badge.waitFor({ state: "hidden" });
    await cell(page, 2).locator(".cm-content").waitFor();
    expect(await cell(page, 2).locator(".cm-content").innerText()).not.toContain("mine");
    await press(page, "Bring my edits back");
    await badge.waitFor();
    await cell(page, 2).locator(".cm-content", { hasText: "const mine = 42;" }).waitFor();
  }, 120_000);

  test("go into a link; the link shows the difference, asks first, and runs nothing by itself", async () => {
    const first = published[0]!;
    const source = first.source.replace("import * as tf", "document.title = 'owned';\nimport * as tf");
    const edit = { number: 1, of: markOf(first.source), source };
    const fragment = await linkFragment([edit]);
    const { page } = await openPage(site, PAGE + fragment);
    const notice = page.locator("[data-notice]");
    await notice.locator("ins").waitFor();
    expect(await notice.locator("ins").allTextContents()).toEqual(["document.title = 'owned';\n"]);
    expect(await notice.innerText()).toContain("Nothing of it runs unless you run it.");
    expect(await page.locator("iframe.notebook-frame").count()).toBe(0);
    await press(page, "Use this code");
    await cell(page, 1).locator(".cm-content", { hasText: "owned" }).waitFor();
    expect(await page.locator("[data-notebook][data-device]").count()).toBe(0);
    expect(new URL(page.url()).hash).toBe("");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await press(page, "Copy link to my edits");
    await status(page).filter({ hasText: "The link to your edits is copied." }).waitFor();
    const copied = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    expect(copied.origin + copied.pathname).toBe(site.address.replace(/\/$/, "") + PAGE);
    expect(await linkedEdits(copied.hash)).toEqual([edit]);
  });

  test.each([
    ["cut off", "#edits=abc", "cut off or damaged"],
    ["of something else", "#edits=q1bKS8xNVbJSSlTSUSqpLEhVslJKrkxOTVGqBQA", "should carry edited code"],
  ])("in a link that is %s are refused in words", async (_, fragment, words) => {
    const { page, errors } = await site.open(PAGE + fragment);
    await page.locator("[data-notice]", { hasText: words }).waitFor();
    expect(errors).toEqual([]);
  });

  test("of an earlier version are shown to copy from, and not run", async () => {
    const { page } = await site.open(PAGE);
    await page.evaluate(() => {
      const edits = [{ number: 2, of: "00000000", source: "const mine = 'old';" }];
      localStorage.setItem("benchtop:edits:curse-of-depth", JSON.stringify(edits));
    });
    await page.reload();
    const notice = page.locator("[data-notice]", { hasText: "an earlier version of this notebook" });
    await notice.waitFor();
    expect(await notice.locator("pre").innerText()).toContain("const mine = 'old';");
    expect(await page.locator("[data-edited]").isVisible()).toBe(false);
  });

  test("last for the visit, with a notice, where the browser keeps nothing", async () => {
    const { page } = await openPage(site);
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await openCells(page);
    await write(page, 1, "const mine = 1;\nmine;");
    await page.locator("[data-notice]", { hasText: "This browser keeps nothing for this page" }).waitFor();
    await runCell(page, 1);
    await cell(page, 1).locator(".cell-value", { hasText: "1" }).waitFor();
  });
});

describe("a control", () => {
  test("runs again what depends on it, and keeps its value in the URL", async () => {
    const { page } = await openPage(site);
    await press(page, "Run all");
    await ended(page, "well");
    const frame = page.frameLocator("iframe.notebook-frame");
    const figure = frame.locator("figure svg", { hasText: "Variance of the stream before training" });
    expect(await figure.textContent()).toContain("p = 0.5");
    await press(page, "breaks: 0");
    await frame.locator("svg", { hasText: "p = 0" }).filter({ hasNotText: "p = 0.5" }).first().waitFor();
    expect(new URL(page.url()).search).toBe("?exponent=0");
    const marks = await frame.locator(".cell-state").allInnerTexts();
    expect(marks.filter((mark) => mark.startsWith("✓"))).toHaveLength(published.length);
    await page.reload();
    expect(await page.getByLabel("Exponent p of the factor").inputValue()).toBe("0");
  }, 120_000);

  test("that is moved while all runs waits for the end, and takes effect then", async () => {
    const { page } = await openPage(site);
    await press(page, "Run all");
    await state(page, 1).filter({ hasText: "✓" }).waitFor();
    await press(page, "breaks: 0");
    const frame = page.frameLocator("iframe.notebook-frame");
    await frame.locator("svg", { hasText: "p = 0" }).filter({ hasNotText: "p = 0.5" }).first().waitFor();
    await ended(page, "well");
    const marks = await frame.locator(".cell-state").allInnerTexts();
    expect(marks.filter((mark) => mark.startsWith("✓"))).toHaveLength(published.length);
  }, 120_000);

  test("with a value in the URL that does not fit stands where it was", async () => {
    const { page } = await site.open(`${PAGE}?exponent=-7`);
    expect(await page.getByLabel("Exponent p of the factor").inputValue()).toBe("0.5");
  });
});

test("a mistake is made, its claim turns red, and it is undone; the receipt tells of it", async () => {
  const { page } = await openPage(site);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("[data-mistake=one-branch-only]").click();
  await page.locator("[data-notice]", { hasText: /^Caught: / }).waitFor({ timeout: 60_000 });
  expect(await page.locator("[data-notice] del").allTextContents()).toEqual([
    "  const hPrime = tf.mul(layerNorm(xPrime, norm2), factor);\n",
  ]);
  const here = page.locator("#claim-folds-into-the-gains [data-here]");
  expect(await here.getAttribute("data-here")).toBe("fails");
  await press(page, "Copy receipt as JSON");
  await status(page).filter({ hasText: "copied as JSON" }).waitFor();
  const receipt = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Record<
    string,
    unknown
  >;
  expect(receipt).toMatchObject({
    technique: "Curse of Depth",
    device: "wasm",
    scale: "quick",
    mistake: "Scale the input of attention, but not of the feed-forward layer",
    edited: [],
  });
  await press(page, "Copy receipt as Markdown");
  await status(page).filter({ hasText: "copied as Markdown" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    "| ✗ not reproduced at this scale |",
  );
  await press(page, "Undo the mistake");
  expect(await page.locator("iframe.notebook-frame").count()).toBe(0);
  expect(await here.innerText()).toBe("…");
  expect(await page.locator("[data-edited]").isVisible()).toBe(false);
}, 120_000);

test("a claim's row tells how far this device is from the recorded run of the same size", async () => {
  const { page } = await openPage(site);
  await press(page, "Run all");
  await ended(page, "well");
  const apart = page.locator("#claim-pre-ln-variance-grows-with-depth .claim-apart");
  expect(await apart.innerText()).toMatch(/^✓ /);
}, 120_000);
