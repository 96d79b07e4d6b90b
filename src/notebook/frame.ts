import type { DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import type { FrameCell, Look, Report, ReportMessage, Request } from "#notebook/message";

/** A notebook that is open in a frame of the page. */
export interface NotebookFrame {
  element: HTMLIFrameElement;
  run(scale: Scale, devices: DeviceName[]): void;
  close(): void;
}

/**
 * A frame with the notebook in it, ready to run.
 * @param place the element whose content the frame replaces; the frame begins at its height
 * @param onReport hears all that the frame tells from then on
 * @throws when the frame does not answer within `patience` milliseconds
 */
export async function openFrame(
  place: HTMLElement,
  { src, slug, cells }: { src: string; slug: string; cells: FrameCell[] },
  onReport: (report: Report) => void,
  patience = 60_000,
): Promise<NotebookFrame> {
  const element = document.createElement("iframe");
  element.src = src;
  element.title = "Notebook";
  element.className = "notebook-frame";
  element.style.height = `${place.offsetHeight}px`;
  const send = (request: Request) => element.contentWindow?.postMessage(request, location.origin);
  const opened = Promise.withResolvers<void>();
  const listen = ({ source, origin, data }: MessageEvent<Partial<ReportMessage> | null>) => {
    if (source !== element.contentWindow || origin !== location.origin) return;
    if (data?.type !== "benchtop:report" || !data.report) return;
    const { report } = data;
    if (report.kind === "ready") send({ type: "benchtop:open", slug, cells, look: pageLook() });
    if (report.kind === "opened") opened.resolve();
    if (report.kind === "height") element.style.height = `${report.pixels}px`;
    onReport(report);
  };
  addEventListener("message", listen);
  const close = () => {
    removeEventListener("message", listen);
    element.remove();
  };
  const timer = setTimeout(
    () => opened.reject(new Error("The notebook did not load. Check the connection, then press Run again.")),
    patience,
  );
  place.append(element);
  try {
    await opened.promise;
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { element, run: (scale, devices) => send({ type: "benchtop:run", scale, devices }), close };
}

function pageLook(): Look {
  const css = [...document.head.querySelectorAll("style")].map(({ textContent }) => textContent).join("\n");
  return { theme: document.documentElement.dataset.theme, css };
}
