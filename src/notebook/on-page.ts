import type { Verdict } from "#lab/claim";
import type { OpenPage, Site } from "#setup/open-site";

/** What a reader sees after a run on a technique's page in a real Chromium. */
export interface PageRun {
  /** The numbers in the claims table's last column, by the claim's id. */
  claims: { id: string; measured: number; verdict: Verdict }[];
  device: string;
  /** From the press of the button to the end, the loading included. */
  seconds: number;
}

/** How long a run may take on a software adapter, in milliseconds. */
const LONGEST = 300_000;

/**
 * What a page measures at quick size, on WebGPU, when a reader presses *Run all*; or, with a mistake's id, *Make this
 * mistake and run*.
 * @throws when the run does not end well, the page writes an error to its console, or asks another host for anything
 */
export async function runOnPage(site: Site, slug: string, mistake?: string): Promise<PageRun> {
  const open = await site.open(`/t/${slug}/`);
  const { page } = open;
  try {
    await page.locator("[data-scale]").selectOption("quick");
    await page.locator("[data-device]").selectOption("webgpu");
    const began = performance.now();
    if (mistake) await page.locator(`[data-mistake="${mistake}"]`).click();
    else await page.getByRole("button", { name: "Run all", exact: true }).click();
    const root = page.locator("[data-notebook][data-ended]:not([data-running])");
    await root.waitFor({ timeout: LONGEST });
    const seconds = (performance.now() - began) / 1000;
    await requireWell(open, slug, (await root.getAttribute("data-ended")) ?? "");
    const claims = await page.locator("[data-claim]").evaluateAll((rows) =>
      rows.map((row) => {
        const { here, measured } = row.querySelector<HTMLElement>("[data-here]")!.dataset;
        const id = (row as HTMLElement).dataset.claim!;
        return { id, measured: Number(measured), verdict: here as Verdict };
      }),
    );
    return { claims, device: (await root.getAttribute("data-device")) ?? "none", seconds };
  } finally {
    await page.context().close();
  }
}

async function requireWell({ page, errors, foreign }: OpenPage, slug: string, how: string): Promise<void> {
  const status = await page.locator("[data-status]").innerText();
  if (how !== "well") throw new Error(`${slug} in Chromium: expected a run that ends well, got: ${status}`);
  if (errors.length + foreign.length > 0) {
    throw new Error(
      `${slug} in Chromium: expected a quiet page, got on the console or to another host: ${[...errors, ...foreign].join("; ")}`,
    );
  }
}
