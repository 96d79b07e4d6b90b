import type { Report, ReportMessage, Request } from "#notebook/message";
import { takeConsole } from "#notebook/starboard/console";
import { registerCellTypes } from "#notebook/starboard/cell-types";
import { recolourEditors } from "#notebook/starboard/highlight";
import { OpenNotebook } from "#notebook/starboard/notebook";
import { starboardRuntime, type StarboardRuntime } from "#notebook/starboard/runtime";

/*
 * The script of the notebook's frame. It opens the notebook that the page hands over, runs it when asked, and
 * reports what happens. Messages from anyone but the page are dropped before they get here (see the guard in
 * the frame's own page).
 */

const base = import.meta.env.BASE_URL.replace(/\/?$/, "/");

const report = (report: Report) => {
  const message: ReportMessage = { type: "benchtop:report", report };
  parent.postMessage(message, location.origin);
};

let notebook: OpenNotebook | undefined;

function open(
  runtime: StarboardRuntime,
  { slug, cells, look }: Extract<Request, { type: "benchtop:open" }>,
): void {
  if (look.theme) document.documentElement.dataset.theme = look.theme;
  document.head.append(Object.assign(document.createElement("style"), { textContent: look.css }));
  notebook = new OpenNotebook({ slug, base, report });
  runtime.content = {
    metadata: {},
    cells: cells.map(({ type, content }, i) => ({
      id: `${type}-${i + 1}`,
      cellType: type === "code" ? "typescript" : "prose",
      textContent: content,
      metadata: { properties: {} },
    })),
  };
  runtime.dom.notebook.requestUpdate();
  new ResizeObserver(() => report({ kind: "height", pixels: document.body.offsetHeight })).observe(
    document.body,
  );
  report({ kind: "opened" });
}

/** Tells the page how much has been loaded, of this frame's own files and of what they fetched. */
function watchDownloads(): void {
  let bytes = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) bytes += entry.decodedBodySize;
    report({ kind: "download", bytes });
  }).observe({ type: "resource", buffered: true });
}

watchDownloads();
recolourEditors();
const runtime = await starboardRuntime();
takeConsole();
registerCellTypes(runtime, () => {
  if (!notebook) throw new Error("host: a cell was made before a notebook was opened");
  return notebook;
});
addEventListener("message", ({ data }: MessageEvent<Request | undefined>) => {
  if (data?.type === "benchtop:open") open(runtime, data);
  if (data?.type === "benchtop:set") notebook?.set(data.settings);
  if (data?.type === "benchtop:run") void notebook?.run(data.which);
  if (data?.type === "benchtop:stop") void notebook?.stop();
});
report({ kind: "ready" });
