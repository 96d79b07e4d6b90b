/** Kept for the life of the process: Dawn ends with its instance, and takes devices that are still in use along. */
let gpu: GPU | undefined;

/** The browser's `navigator.gpu`, given to Node from Dawn and whatever Vulkan driver the machine has. */
export async function provideWebGpu(): Promise<GPU> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  gpu ??= create([]);
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
}
