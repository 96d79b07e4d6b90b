import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // TensorFlow.js registers its gradients in its ES modules only: let Vite read those instead of the Node bundle.
    server: { deps: { inline: [/@tensorflow/] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
