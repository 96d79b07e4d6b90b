import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // TensorFlow.js registers its gradients in its ES modules alone. Vitest would take the bundles for Node instead,
    // and end up with two copies of the core.
    alias: [{ find: /^(@tensorflow\/tfjs-(?:core|backend-\w+))$/, replacement: "$1/dist/index.js" }],
  },
  test: {
    include: ["tests/**/*.test.ts"],
    // The wasm loader is CommonJS and stays as it is.
    server: { deps: { inline: [/@tensorflow\/(?!.*wasm-out)/] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
