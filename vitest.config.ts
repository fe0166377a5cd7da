import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

// Tests run the sources; test/package checks the built package.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^radiolucent$/, replacement: source("index.ts") },
      { find: /^radiolucent\/node$/, replacement: source("io/index.ts") },
      { find: /^radiolucent\/backends\/(cpu|wasm|onnx)$/, replacement: source("backends/$1-entry.ts") },
      { find: /^radiolucent\/(labels|metrics|splits|balance|images)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
