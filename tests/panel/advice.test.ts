import { expect, test } from "vitest";
import { webGpuAdvice } from "#panel/advice";

const browsers = {
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  chrome:
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  safari:
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
};

test.each<[string, Parameters<typeof webGpuAdvice>[0], string]>([
  [
    "a page that came over http",
    { userAgent: browsers.chrome, isSecure: false, hasInterface: false },
    "an https address",
  ],
  ["Firefox", { userAgent: browsers.firefox, isSecure: true, hasInterface: false }, "dom.webgpu.enabled"],
  [
    "Chrome without an adapter",
    { userAgent: browsers.chrome, isSecure: true, hasInterface: true },
    "hardware acceleration",
  ],
  [
    "Chrome without the interface",
    { userAgent: browsers.chrome, isSecure: true, hasInterface: false },
    "chrome://flags/#enable-unsafe-webgpu",
  ],
  ["Safari", { userAgent: browsers.safari, isSecure: true, hasInterface: false }, "Feature Flags"],
  [
    "another browser",
    { userAgent: "curl/8", isSecure: true, hasInterface: false },
    "a current Chrome, Edge, Firefox or Safari does",
  ],
])("%s gets its own advice", (_, around, words) => expect(webGpuAdvice(around)).toContain(words));
