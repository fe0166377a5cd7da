import type * as WasmPackage from "@tensorflow/tfjs-backend-wasm";
import { backend, env } from "@tensorflow/tfjs-core";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";
import { installWasmTraining } from "./wasm/installWasmTraining.js";
import { reportFullHeap } from "./wasm/reportFullHeap.js";
import { withoutCrashHandlers } from "./wasm/withoutCrashHandlers.js";

const packages = ["@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-backend-cpu"] as const;

/** Settings of the WASM backend. */
export interface WasmOptions {
  /**
   * Where a browser finds the `.wasm` files of `@tensorflow/tfjs-backend-wasm`: a folder, ending in a slash, or an
   * address for each file. Without it: beside the script. Node reads them from the package and needs no setting.
   */
  readonly wasmPaths?:
    | string
    | Readonly<
        Record<
          "tfjs-backend-wasm.wasm" | "tfjs-backend-wasm-simd.wasm" | "tfjs-backend-wasm-threaded-simd.wasm",
          string
        >
      >;
}

/**
 * TensorFlow.js in WebAssembly, with the kernels added that training needs. One thread in Node; several in a
 * browser that isolates the page (COOP and COEP headers).
 */
export function wasmBackend(importPackage: ImportPackage): BackendDefinition<WasmOptions> {
  return {
    name: "wasm",
    async start({ wasmPaths }) {
      const source = { backend: "wasm", packages, bundleImport: "radiolucent/backends/wasm" };
      await requirePackage(importPackage, packages[1], source);
      const wasm = (await requirePackage(importPackage, packages[0], source)) as typeof WasmPackage;
      if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths);
      installWasmTraining();
      await withoutCrashHandlers(() =>
        activate(
          "wasm",
          packages,
          "let the server give out its .wasm files, and say where in options.wasmPaths",
        ),
      );
      reportFullHeap(backend() as WasmPackage.BackendWasm);
      const threads = wasm.getThreadsCount();
      const simd = env().getBool("WASM_HAS_SIMD_SUPPORT") ? ", SIMD" : "";
      return {
        description: `TensorFlow.js in WebAssembly${simd}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      };
    },
  };
}
