import { startDevice } from "#lab/device";
import { startSession } from "#lab/session";
import type { Report, ReportMessage, Request } from "#notebook/message";
import { emptyScope } from "#notebook/run";
import { registerCellTypes, type OpenNotebook } from "#notebook/starboard/cell-types";
import { recolourEditors } from "#notebook/starboard/highlight";
import { loadModule } from "#notebook/starboard/modules";
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
let started: Promise<void> | undefined;
let settings: Extract<Request, { type: "benchtop:run" }> = {
  type: "benchtop:run",
  scale: "full",
  devices: [],
};

function open(
  runtime: StarboardRuntime,
  { slug, cells, look }: Extract<Request, { type: "benchtop:open" }>,
): void {
  if (look.theme) document.documentElement.dataset.theme = look.theme;
  document.head.append(Object.assign(document.createElement("style"), { textContent: look.css }));
  notebook = {
    slug,
    scope: emptyScope(),
    load: loadModule,
    report,
    prepare: () => (started ??= start()),
  };
  runtime.content = {
    metadata: {},
    cells: cells.map(({ type, content }, i) => ({
      id: `cell-${i + 1}`,
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

async function start(): Promise<void> {
  report({ kind: "stage", text: "Choosing a device" });
  startSession({
    scale: settings.scale,
    readAsset: async (path) => {
      const response = await fetch(base + path);
      if (!response.ok)
        throw new Error(
          `readAsset: ${path}: the server answered ${response.status}: reload the page and run again`,
        );
      return response.arrayBuffer();
    },
    onProgress: (progress) => report({ kind: "progress", progress }),
    document,
  });
  const devices = settings.devices.length > 0 ? settings.devices : undefined;
  const device = await startDevice(devices, { wasmPath: `${base}tensorflow/` });
  report({ kind: "device", device });
}

async function runAll(runtime: StarboardRuntime): Promise<void> {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  try {
    await notebook?.prepare();
    for (const cell of runtime.dom.cells) await cell.run();
    report({ kind: "end", seconds: seconds() });
  } catch (error) {
    report({
      kind: "end",
      seconds: seconds(),
      failure: error instanceof Error ? error.message : String(error),
    });
  }
}

recolourEditors();
const runtime = await starboardRuntime();
registerCellTypes(runtime, () => {
  if (!notebook) throw new Error("host: a cell was made before a notebook was opened");
  return notebook;
});
addEventListener("message", ({ data }: MessageEvent<Request | undefined>) => {
  if (data?.type === "benchtop:open") open(runtime, data);
  if (data?.type === "benchtop:run") {
    settings = data;
    void runAll(runtime);
  }
});
report({ kind: "ready" });
