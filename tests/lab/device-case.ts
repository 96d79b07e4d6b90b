import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { parseHTML } from "linkedom";
import { beforeAll, beforeEach, describe, expect } from "vitest";
import { type DeviceName, startDevice } from "#lab/device";
import { type Session, startSession } from "#lab/session";
import { provideWebGpu } from "#notebook/node-gpu";

/** The devices of a process in Node. webgpu runs on software there; webgl needs a browser. */
export const devices: DeviceName[] = ["cpu", "wasm", "webgpu"];

/** Runs a group of tests on each device. */
export function onEachDevice(tests: (name: DeviceName) => void): void {
  describe.each(devices)("on %s", (name) => {
    let refusal: unknown;
    beforeAll(() => startHere(name).catch((error: unknown) => (refusal = error)));
    // Thrown here, it fails each test; a beforeAll that throws would have them skipped.
    beforeEach(() => {
      if (refusal) throw refusal;
    });
    tests(name);
  });
}

/** Starts one device, and fails when another one starts. */
export async function startHere(name: DeviceName): Promise<void> {
  if (name === "webgpu") await requireWebGpu();
  const wasmPath = join(process.cwd(), "node_modules/@tensorflow/tfjs-backend-wasm/dist/");
  const device = await startDevice([name], { wasmPath });
  expect(device.name).toBe(name);
}

/** Starts nothing, but fails when there is no adapter: a test on webgpu must not pass for want of one. */
export async function requireWebGpu(): Promise<void> {
  const gpu = await provideWebGpu();
  if (await gpu.requestAdapter()) return;
  throw new Error(
    "The tests on webgpu need a Vulkan driver and found none: run `npm test`, which hands them Chromium's.",
  );
}

/** Takes `navigator.gpu` away again: Node as it is. */
export function withdrawWebGpu(): void {
  Reflect.deleteProperty(navigator, "gpu");
}

/** A session as a host in Node provides it. */
export function startNodeSession(given: Partial<Session> = {}): void {
  startSession({
    readAsset: async (path) => new Uint8Array(readFileSync(join("public", path))).buffer,
    document: parseHTML("<!doctype html><html><body></body></html>").document as unknown as Document,
    ...given,
  });
}

/** Compares a tensor with numbers, each within `tolerance` of its size (or of 1, where it is smaller). */
export async function expectClose(got: tf.Tensor, expected: number[], tolerance = 1e-5): Promise<void> {
  const values = Array.from(await got.data());
  expect(values).toHaveLength(expected.length);
  const worst = values.reduce((most, value, i) => {
    const error = Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
  expect(worst, `largest error of [${values.slice(0, 6)}…] against [${expected.slice(0, 6)}…]`).toBeLessThan(
    tolerance,
  );
}
