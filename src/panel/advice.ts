/** What of the browser the advice depends on. */
export interface Surroundings {
  userAgent: string;
  /** Whether the page came over https or from this machine. */
  isSecure: boolean;
  /** Whether the browser has WebGPU's interface at all. */
  hasInterface: boolean;
}

/** Why there is no WebGPU here and how to turn it on: one or two sentences. */
export function webGpuAdvice({ userAgent, isSecure, hasInterface }: Surroundings): string {
  if (!isSecure) {
    return "Browsers offer WebGPU to pages from https or localhost only, and this page came from neither: ask whoever hosts it for an https address.";
  }
  if (/Firefox\//.test(userAgent)) {
    return "This Firefox has WebGPU switched off or no adapter for it: open about:config, set dom.webgpu.enabled to true, and reload.";
  }
  if (/Chrome\//.test(userAgent)) {
    return hasInterface
      ? "This browser has WebGPU but found no graphics adapter that it trusts: turn hardware acceleration on in its settings, or allow the adapter with chrome://flags/#enable-unsafe-webgpu."
      : "This browser has WebGPU switched off: update it, or turn it on with chrome://flags/#enable-unsafe-webgpu.";
  }
  if (/Safari\//.test(userAgent)) {
    return "This Safari has WebGPU switched off: update it, or turn it on under Settings, Feature Flags, WebGPU.";
  }
  return "This browser offers no WebGPU: a current Chrome, Edge, Firefox or Safari does.";
}
