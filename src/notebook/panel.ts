import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";

/*
 * The part of a notebook's panel that loads with the page: it shows the controls and waits for the press. All
 * else is fetched then.
 */

/** Makes the page's notebook runnable. */
export function attachPanels(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-notebook]")) {
    for (const control of root.querySelectorAll<HTMLElement>("[data-run], [data-controls]"))
      control.hidden = false;
    const button = root.querySelector<HTMLButtonElement>("[data-run]");
    button?.addEventListener("click", () => void run(root, button));
  }
}

async function run(root: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  const status = root.querySelector<HTMLElement>("[data-status]");
  if (status) status.textContent = "Loading the notebook …";
  try {
    const { runNotebook } = await import("#notebook/live");
    const device = root.querySelector<HTMLSelectElement>("[data-device]")?.value;
    await runNotebook(root, {
      scale: root.querySelector<HTMLSelectElement>("[data-scale]")?.value as Scale,
      devices: device ? [device as DeviceName] : [],
    });
  } catch (error) {
    if (status) {
      status.textContent =
        error instanceof TypeError
          ? "The notebook could not be loaded. Check the connection, then press Run again."
          : (error as Error).message;
    }
  } finally {
    button.disabled = false;
  }
}
