/** What a device did: it went away, had no room left, or refused a batch. */
export type DeviceFault = "lost" | "full" | "refused";

/** A device that can't go on: what it computed last is not to be trusted, and another one must take over. */
export class DeviceError extends Error {
  override name = "DeviceError";
  fault: DeviceFault;
  constructor(fault: DeviceFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
