import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the loader of Vulkan finds a driver, and where the linker finds the loader. */
export interface VulkanEnvironment {
  VK_ICD_FILENAMES: string;
  LD_LIBRARY_PATH: string;
}

/** Folders that launchers start Chromium from: a launcher is a script, whose own folder holds no driver. */
const INSTALLED = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/**
 * The environment in which Node's `webgpu` package computes in software, with the Vulkan driver (SwiftShader) that
 * Chromium brings along; undefined where Chromium has none. It must be set before the process starts: the linker
 * reads `LD_LIBRARY_PATH` once. Folders already in `LD_LIBRARY_PATH` stay, after Chromium's.
 * @param chromium the path of a Chromium, see `findChromium`
 * @param folders where to look when the folder of `chromium` itself holds no driver
 */
export function vulkanOf(
  chromium: string,
  folders: readonly string[] = INSTALLED,
): VulkanEnvironment | undefined {
  const own = existsSync(chromium) ? [dirname(realpathSync(chromium))] : [];
  const folder = [...own, ...folders].find((place) =>
    ["vk_swiftshader_icd.json", "libvulkan.so.1"].every((file) => existsSync(join(place, file))),
  );
  if (!folder) return undefined;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: libraries };
}
