import type { Device, DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { showClaim, clearClaims } from "#ledger/row";
import { openFrame, type NotebookFrame } from "#notebook/frame";
import type { FrameCell, Report } from "#notebook/message";

/*
 * A run as the page sees it: the static cells give way to a frame, the panel tells what happens there, and the
 * claims table fills its last column.
 */

let open: { root: HTMLElement; frame: NotebookFrame; statics: HTMLElement[] } | undefined;

/** Runs the notebook of a panel; resolves when it has ended, well or badly. Another one that is open closes first. */
export async function runNotebook(
  root: HTMLElement,
  options: { scale: Scale; devices: DeviceName[] },
): Promise<void> {
  const place = root.querySelector<HTMLElement>("[data-cells]");
  const status = root.querySelector<HTMLElement>("[data-status]");
  const bar = root.querySelector<HTMLProgressElement>("[data-progress]");
  if (!place || !status || !bar) throw new Error("runNotebook: this page's notebook panel is incomplete");
  close();
  clearClaims();
  const ended = Promise.withResolvers<void>();
  let device: Device | undefined;
  const onReport = (report: Report) => {
    if (report.kind === "stage") status.textContent = `${report.text} …`;
    if (report.kind === "device") {
      device = report.device;
      root.dataset.device = device.name;
    }
    if (report.kind === "cell" && report.state === "running")
      status.textContent = `${on(device)}: cell ${report.number} runs …`;
    if (report.kind === "cell" && report.state === "done")
      status.textContent = `Cell ${report.number} is done.`;
    if (report.kind === "cell" && report.state === "failed") {
      status.textContent = `Cell ${report.number} failed: its error stands below it.`;
    }
    if (report.kind === "progress") {
      const { stage, step, steps } = report.progress;
      status.textContent = `${on(device)}: ${stage}, step ${step} of ${steps}`;
      bar.hidden = false;
      bar.max = steps;
      bar.value = step;
    }
    if (report.kind === "claim") showClaim(report.claim);
    if (report.kind === "end") {
      bar.hidden = true;
      root.dataset.ended = report.failure === undefined ? "well" : "badly";
      status.textContent =
        report.failure === undefined
          ? `Done in ${report.seconds.toFixed(1)} s. ${on(device)}${why(device)}`
          : `Stopped in ${report.failure}`;
      ended.resolve();
    }
  };
  delete root.dataset.ended;
  const statics = [...place.children] as HTMLElement[];
  const cells = statics.map(frameCell);
  const src = root.dataset.host ?? "";
  const frame = await openFrame(place, { src, slug: root.dataset.notebook ?? "", cells }, onReport);
  for (const element of statics) element.hidden = true;
  open = { root, frame, statics };
  status.textContent = "Loading the lab …";
  frame.run(options.scale, options.devices);
  await ended.promise;
}

/** Ends the run that is open, if any, and shows its static cells again. */
function close(): void {
  open?.frame.close();
  for (const element of open?.statics ?? []) element.hidden = false;
  open = undefined;
}

/** A static cell as the frame wants it. The highlighted code's text is the source, character for character. */
function frameCell(element: HTMLElement): FrameCell {
  if (element.dataset.cell === "prose") return { type: "prose", content: element.innerHTML };
  return { type: "code", content: element.querySelector("pre")?.textContent ?? "" };
}

function on(device: Device | undefined): string {
  return device ? `On ${device.name} (${device.adapter})` : "Starting";
}

function why(device: Device | undefined): string {
  const refused = device?.refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
  return refused ? `. Not used: ${refused}.` : ".";
}
