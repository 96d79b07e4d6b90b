import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { vulkanOf } from "#setup/vulkan";

let root = "";
/** A folder of this test with empty files in it. */
function folder(name: string, files: string[]): string {
  mkdirSync(join(root, name));
  for (const file of files) writeFileSync(join(root, name, file), "");
  return join(root, name);
}
const driver = ["vk_swiftshader_icd.json", "libvulkan.so.1"];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "vulkan-"));
  vi.stubEnv("LD_LIBRARY_PATH", undefined);
});
afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

test("finds the driver in the real folder of a linked Chromium", () => {
  const real = folder("chromium", ["chrome", ...driver]);
  const link = join(folder("bin", []), "chromium");
  symlinkSync(join(real, "chrome"), link);
  expect(vulkanOf(link, [])).toEqual({
    VK_ICD_FILENAMES: join(real, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: real,
  });
});

test("finds it where a launcher script starts Chromium from, and keeps the libraries' other folders", () => {
  const installed = folder("lib", driver);
  vi.stubEnv("LD_LIBRARY_PATH", "/opt/other");
  const found = vulkanOf(join(folder("bin", ["chromium"]), "chromium"), [folder("empty", []), installed]);
  expect(found).toEqual({
    VK_ICD_FILENAMES: join(installed, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: `${installed}:/opt/other`,
  });
});

test("gives nothing when half of it is missing", () => {
  const half = folder("half", ["chromium", driver[0]!]);
  expect(vulkanOf(join(half, "chromium"), [])).toBeUndefined();
  expect(vulkanOf(join(root, "nowhere"), [])).toBeUndefined();
});
