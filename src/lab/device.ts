import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { preflight } from "#lab/preflight";
import { mendCpuKernels } from "#lab/tensor/cpu-kernels";
import { mendGradients } from "#lab/tensor/gradients";
import { mendWasmKernels } from "#lab/tensor/wasm-kernels";
import { guardWebGpu, type GuardedBackend, mendWebGpuKernels } from "#lab/tensor/webgpu-guards";

/** A device by TensorFlow.js's name for it. */
export type DeviceName = "webgpu" | "webgl" | "wasm" | "cpu";

/** The device that a run uses. */
export interface Device {
  name: DeviceName;
  /** What it runs on, for a reader: the graphics adapter, or the kind of processor code. */
  adapter: string;
  /** The devices that were tried before it. */
  refused: { name: DeviceName; why: string }[];
}

/** Settings of single devices. */
export interface DeviceOptions {
  /** Where the `.wasm` files are: a folder or a URL, with its trailing slash. */
  wasmPath?: string;
}

/**
 * The first device of the list that passes the preflight, made TensorFlow.js's backend and mended.
 * @throws when none does, with what each one said
 */
export async function startDevice(
  order: readonly DeviceName[] = ["webgpu", "webgl", "wasm", "cpu"],
  options: DeviceOptions = {},
): Promise<Device> {
  mended.gradients ??= (mendGradients(), true);
  const refused: Device["refused"] = [];
  for (const name of order) {
    try {
      const adapter = await start[name](options);
      await preflight();
      return { name, adapter, refused };
    } catch (error) {
      refused.push({ name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  const reasons = refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
  throw new Error(`startDevice: expected one of ${order.join(", ")} to work, none does: ${reasons}`);
}

/** What has been mended already: registries of TensorFlow.js are global, and mending twice would mend the mended. */
const mended: { gradients?: true; cpu?: true; wasm?: true; webgpu?: true } = {};

/** Starts a device and returns what it runs on. Each one's code loads when it is first tried. */
const start: Record<DeviceName, (options: DeviceOptions) => Promise<string>> = {
  async webgpu() {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new Error(navigator.gpu ? "no adapter found" : "not offered here");
    await import("@tensorflow/tfjs-backend-webgpu");
    mended.webgpu ??= (mendWebGpuKernels(), true);
    // Split-K products sum by atomic additions, in an order that changes from run to run: type 3 does not.
    tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 3);
    await use("webgpu");
    const backend = tf.backend() as unknown as GuardedBackend;
    if (!guarded.has(backend)) guardWebGpu(backend);
    guarded.add(backend);
    const { vendor, architecture, device, description } = adapter.info;
    return [vendor, architecture, device, description].filter(Boolean).join(" ") || "unnamed adapter";
  },
  async webgl() {
    await import("@tensorflow/tfjs-backend-webgl");
    await use("webgl");
    const { gl } = (tf.backend() as unknown as { gpgpu: { gl: WebGLRenderingContext } }).gpgpu;
    const named = gl.getExtension("WEBGL_debug_renderer_info");
    return String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  },
  async wasm({ wasmPath }) {
    const { setWasmPaths, getThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
    await import("@tensorflow/tfjs-backend-cpu");
    mended.cpu ??= (mendCpuKernels(), true);
    mended.wasm ??= (mendWasmKernels(), true);
    const started = tf.engine().registry["wasm"] !== undefined;
    if (wasmPath && !started) setWasmPaths(wasmPath);
    await use("wasm");
    const threads = getThreadsCount();
    return `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
    mended.cpu ??= (mendCpuKernels(), true);
    await use("cpu");
    return "JavaScript";
  },
};

const guarded = new WeakSet<GuardedBackend>();

/** Makes a device TensorFlow.js's backend. `setBackend` reports a failure by false, or not at all. */
async function use(name: DeviceName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error("TensorFlow.js could not start it");
  await tf.ready();
  if (tf.getBackend() !== name) throw new Error(`TensorFlow.js fell back to ${tf.getBackend()}`);
}
