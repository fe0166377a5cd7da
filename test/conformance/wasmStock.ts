/** The WASM backend as `@tensorflow/tfjs-backend-wasm` brings it, under the name that the library's own has. */
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { activate, registerBackend } from "../../src/backends/registry.js";
import type { WasmOptions } from "../../src/backends/wasm.js";

registerBackend({
  name: "wasm",
  async start({ wasmPaths }: WasmOptions) {
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    await activate("wasm", ["@tensorflow/tfjs-backend-wasm"], "reinstall it");
    return { description: "TensorFlow.js in WebAssembly, as it comes" };
  },
});
