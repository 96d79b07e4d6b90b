import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import type { Claim } from "#lab/claim";
import type { Control } from "#lab/control";
import type { Device, DeviceName } from "#lab/device";
import type { Scale } from "#lab/session";
import { bundled } from "#notebook/bundle";
import { parseCells } from "#notebook/cells";
import { displayed, type Displayed } from "#notebook/displayed";
import { provideWebGpu } from "#notebook/node-gpu";
import { emptyScope, runCell, type Load } from "#notebook/run";

/** What a run in Node measured. */
export interface NodeRun {
  device: Device;
  claims: Claim[];
  /** One entry per code cell, in order. */
  cells: { number: number; ms: number; displayed: Displayed | undefined; claims: string[] }[];
  /** Wall-clock seconds of all cells together. */
  seconds: number;
  /** The most bytes that tensors took at one time. */
  peakBytes: number;
  /** What the notebook lets the reader set. */
  controls: Control[];
  /** Files of `public/` that were read. */
  reads: string[];
}

/** How to run: on which device, at what size. */
export interface NodeRunOptions {
  device: DeviceName;
  scale: Scale;
}

type LabModules = Record<string, object> & {
  "#lab/device": typeof import("#lab/device");
  "#lab/figure/tensor-view": typeof import("#lab/figure/tensor-view");
  "#lab/memory": typeof import("#lab/memory");
  "#lab/session": typeof import("#lab/session");
  "@tensorflow/tfjs-core": typeof import("@tensorflow/tfjs-core");
};

/**
 * The result of a notebook's cells, run in this process on one device.
 * @throws CellRunError at the first cell that fails; the device's error when it can't be started
 */
export async function runInNode(slug: string, text: string, options: NodeRunOptions): Promise<NodeRun> {
  const modules = await labModules();
  const [controls, reads] = [new Map<string, Control>(), new Set<string>()];
  const claims: Claim[] = [];
  modules["#lab/session"].startSession({
    scale: options.scale,
    readAsset: async (path) => {
      reads.add(path);
      return new Uint8Array(readFileSync(join("public", path))).buffer;
    },
    onControl: (control) => controls.set(control.id, control),
    onClaim: (claim) => claims.push(claim),
    document: parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
  });
  if (options.device === "webgpu") await provideWebGpu();
  const wasmPath = join(process.cwd(), "node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  const device = await modules["#lab/device"].startDevice([options.device], { wasmPath });
  const load: Load = async (specifier) => {
    const module = modules[specifier];
    if (!module)
      throw new Error(
        `import: no module "${specifier}": a notebook imports #lab/… and @tensorflow/tfjs-core`,
      );
    return module;
  };
  const run: NodeRun = {
    device,
    claims,
    cells: [],
    seconds: 0,
    peakBytes: 0,
    controls: [],
    reads: [],
  };
  const scope = emptyScope();
  const tf = modules["@tensorflow/tfjs-core"];
  const peak = modules["#lab/memory"].countPeakBytes();
  // What a notebook keeps to the end of its run is freed with it: many run in one process.
  tf.engine().startScope();
  const began = performance.now();
  try {
    for (const cell of parseCells(text, `notebooks/${slug}.ts`)) {
      if (cell.type !== "code") continue;
      const [start, before] = [performance.now(), claims.length];
      const value = await runCell(cell, { slug, scope, load });
      run.cells.push({
        number: cell.number,
        ms: performance.now() - start,
        displayed: await displayed(value, modules["#lab/figure/tensor-view"].tensorView),
        claims: claims.slice(before).map(({ id }) => id),
      });
    }
    run.seconds = (performance.now() - began) / 1000;
    run.peakBytes = peak.read();
    run.controls = [...controls.values()];
    run.reads = [...reads];
    return run;
  } finally {
    peak.stop();
    tf.engine().endScope();
  }
}

let modules: Promise<LabModules> | undefined;

/**
 * The lab's modules by the names that notebooks import, bundled once: TensorFlow.js registers its gradients
 * in its ES modules alone, which Node does not load as they are.
 */
function labModules(): Promise<LabModules> {
  modules ??= bundleLab();
  return modules;
}

async function bundleLab(): Promise<LabModules> {
  const names = globSync("src/lab/**/*.ts").map((file) => file.replace(/^src\/lab\/(.*)\.ts$/, "#lab/$1"));
  const specifiers = [...names.sort(), "@tensorflow/tfjs-core"];
  const imports = specifiers.map((name, i) => `import * as m${i} from ${JSON.stringify(name)};`);
  const entries = specifiers.map((name, i) => `${JSON.stringify(name)}: m${i}`);
  const contents = `${imports.join("\n")}\nexport const modules = {${entries.join(", ")}};`;
  return (await bundled<{ modules: LabModules }>("lab", contents)).modules;
}
