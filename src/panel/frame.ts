import type { FrameCell, Look, Report, ReportMessage, Request, Settings, Which } from "#notebook/message";

/** A notebook that is open in a frame of the page. */
export interface NotebookFrame {
  element: HTMLIFrameElement;
  set(settings: Settings): void;
  run(which: Which): void;
  stop(): void;
  close(): void;
}

/** What a frame says that was closed before it was open. */
export class ClosedEarly extends Error {
  override name = "ClosedEarly";
}

/** A frame on its way. */
export interface OpeningFrame {
  /** Rejects with `ClosedEarly`; or with an error for the reader, when the frame does not answer in time. */
  opened: Promise<NotebookFrame>;
  /** Takes the frame away, open or not. */
  close(): void;
}

/**
 * A frame with the notebook in it, hidden until its element is shown.
 * @param place the element that the frame is put into
 * @param onReport hears all that the frame tells from then on
 * @param patience how long the frame may take to answer, in ms
 */
export function openFrame(
  place: HTMLElement,
  { src, slug, cells }: { src: string; slug: string; cells: FrameCell[] },
  onReport: (report: Report) => void,
  patience = 60_000,
): OpeningFrame {
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
    clearTimeout(timer);
    removeEventListener("message", listen);
    element.remove();
    opened.reject(new ClosedEarly());
  };
  const timer = setTimeout(() => {
    opened.reject(new Error("The notebook did not load. Check the connection, then press Run all again."));
    close();
  }, patience);
  place.append(element);
  const frame: NotebookFrame = {
    element,
    set: (settings) => send({ type: "benchtop:set", settings }),
    run: (which) => send({ type: "benchtop:run", which }),
    stop: () => send({ type: "benchtop:stop" }),
    close,
  };
  return {
    opened: opened.promise.then(() => {
      clearTimeout(timer);
      return frame;
    }),
    close,
  };
}

function pageLook(): Look {
  const css = [...document.head.querySelectorAll("style")].map(({ textContent }) => textContent).join("\n");
  return { theme: document.documentElement.dataset.theme, css };
}
