/**
 * The WASM backend for bundles: makes `useBackend("wasm")` work where packages cannot be loaded by name.
 *
 * ```ts
 * import "radiolucent/backends/wasm";
 * import { useBackend } from "radiolucent";
 * await useBackend("wasm", { wasmPaths: "/assets/" });
 * ```
 *
 * @module
 */
import * as cpu from "@tensorflow/tfjs-backend-cpu";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import { registerBackend } from "./registry.js";
import { wasmBackend } from "./wasm.js";

const bundled: Readonly<Record<string, unknown>> = {
  "@tensorflow/tfjs-backend-cpu": cpu,
  "@tensorflow/tfjs-backend-wasm": wasm,
};

registerBackend(wasmBackend(async (name) => bundled[name]));
