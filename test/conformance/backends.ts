import { createRequire } from "node:module";
import { dirname } from "node:path";

/** A backend under test. */
export interface Subject {
  /** Its name in useBackend. */
  readonly backend: string;
  /** The module that registers it, seen from this folder. */
  readonly entry: string;
  /** What useBackend gets. */
  readonly options?: object;
  /** Whether values can be read without waiting. */
  readonly isDataSync: boolean;
  /** How many specs fail today; more than that is a failed run. */
  readonly knownFailures: number;
}

const wasm = {
  backend: "wasm",
  options: {
    wasmPaths: `${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`,
  },
  isDataSync: true,
};

/** What `--backend` takes. */
export const subjects: Readonly<Record<string, Subject>> = {
  cpu: { backend: "cpu", entry: "../../src/backends/cpu-entry.ts", isDataSync: true, knownFailures: 0 },
  wasm: { ...wasm, entry: "../../src/backends/wasm-entry.ts", knownFailures: 192 },
  "wasm-stock": { ...wasm, entry: "./wasmStock.ts", knownFailures: 334 },
  onnx: { backend: "onnx", entry: "../../src/backends/onnx-entry.ts", isDataSync: true, knownFailures: 0 },
  // On SwiftShader; other drivers round otherwise.
  webgpu: { backend: "webgpu", entry: "./webgpu.ts", isDataSync: false, knownFailures: 134 },
};
