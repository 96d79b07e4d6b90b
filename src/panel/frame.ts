import type { FrameCell, Look, Report, ReportMessage, Request, Settings, Which } from "#notebook/message";

/** A notebook that is open in a frame of the page. */
export interface NotebookFrame {
  element: HTMLIFrameElement;
  set(settings: Settings): void;
  run(which: Which): void;
  stop(): void;
  close(): void;
}

/**
 * A frame with the notebook in it, ready to run; hidden until its element is shown.
 * @param place the element that the frame is put into
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
  element.dataset.hidden = "";
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
    () =>
      opened.reject(new Error("The notebook did not load. Check the connection, then press Run all again.")),
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
  return {
    element,
    set: (settings) => send({ type: "benchtop:set", settings }),
    run: (which) => send({ type: "benchtop:run", which }),
    stop: () => send({ type: "benchtop:stop" }),
    close,
  };
}

function pageLook(): Look {
  const css = [...document.head.querySelectorAll("style")].map(({ textContent }) => textContent).join("\n");
  return { theme: document.documentElement.dataset.theme, css };
}
