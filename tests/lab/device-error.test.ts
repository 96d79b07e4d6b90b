import { expect, test } from "vitest";
import { DeviceError } from "#lab/device-error";

test("a device's error tells what the device did, beside its words", () => {
  const error = new DeviceError("full", "no room");
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.fault, error.message]).toEqual(["DeviceError", "full", "no room"]);
});
