/** Kept for the life of the process: Dawn ends with its instance, and takes devices that are still in use along. */
let gpu: GPU | undefined;

/** Gives Node the browser's `navigator.gpu`, once, from Dawn and whatever Vulkan driver the machine has. */
export async function provideWebGpu(): Promise<void> {
  if (gpu) return;
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  gpu = create([]);
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
}
