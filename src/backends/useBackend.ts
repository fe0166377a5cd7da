import { env } from "@tensorflow/tfjs-core";
import { BackendError, isRadiolucentError } from "../errors.js";
import { cpuBackend } from "./cpu.js";
import { importPackage } from "./importPackage.js";
import type { OnnxOptions } from "./onnx/onnxBackend.js";
import { installedOnnxBackend } from "./onnx.js";
import { type BackendDefinition, registeredBackend } from "./registry.js";
import { tensorflowBackend } from "./tensorflow.js";
import { type WasmOptions, wasmBackend } from "./wasm.js";
import { webglBackend } from "./webgl.js";
import { webgpuBackend } from "./webgpu.js";

/** The settings that each backend takes, by its name. */
export interface BackendOptions {
  /** The settings of the backends among which "auto" chooses. */
  readonly auto: WasmOptions & OnnxOptions;
  /** None. */
  readonly tensorflow: Readonly<Record<string, never>>;
  /** Settings of the ONNX Runtime backend. */
  readonly onnx: OnnxOptions;
  /** Settings of the WASM backend. */
  readonly wasm: WasmOptions;
  /** None. */
  readonly cpu: Readonly<Record<string, never>>;
  /** None. */
  readonly webgl: Readonly<Record<string, never>>;
  /** None. */
  readonly webgpu: Readonly<Record<string, never>>;
}

/** A name that {@link useBackend} takes. */
export type BackendName = keyof BackendOptions;

/** What {@link useBackend} chose. */
export interface BackendInUse {
  /** Name of the backend, in TensorFlow.js too. */
  readonly name: string;
  /** What runs, in words: implementation, threads or device. */
  readonly description: string;
  /** What was tried first, in that order, and why it cannot be used. */
  readonly skipped: readonly BackendError[];
}

const builtIn: readonly BackendDefinition[] = [
  tensorflowBackend(importPackage),
  installedOnnxBackend(importPackage),
  wasmBackend(importPackage),
  cpuBackend(importPackage),
  webglBackend(importPackage),
  webgpuBackend(importPackage),
];

/** Order in which "auto" tries the backends. */
const preference = {
  node: ["tensorflow", "onnx", "wasm", "cpu"],
  browser: ["webgpu", "webgl", "wasm", "cpu"],
};

/**
 * Loads a TensorFlow.js backend and makes it the current one.
 *
 * - `"tensorflow"`: TensorFlow's own library, in Node, through `@tensorflow/tfjs-node-gpu` or
 *   `@tensorflow/tfjs-node`, whichever is installed; repaired for Node 23 and later.
 * - `"onnx"`: ONNX Runtime, in Node, through `onnxruntime-node`; kernels are recorded and run as one graph.
 * - `"wasm"`: WebAssembly, in Node and browsers, through `@tensorflow/tfjs-backend-wasm`, with the gradients added
 *   that it lacks.
 * - `"cpu"`: plain JavaScript, in Node and browsers, through `@tensorflow/tfjs-backend-cpu`.
 * - `"webgl"`: browsers, through `@tensorflow/tfjs-backend-webgl`.
 * - `"webgpu"`: browsers through `@tensorflow/tfjs-backend-webgpu`; Node with the package `webgpu` as well.
 * - `"auto"`: in Node the first that is installed of tensorflow, onnx, wasm and cpu; in a browser the first that starts
 *   of webgpu, webgl, wasm and cpu.
 *
 * Node loads the packages by name. A bundle for a browser holds only what it imports: add
 * `import "radiolucent/backends/wasm"` (or `/cpu`), `import "@tensorflow/tfjs-backend-webgl"` or
 * `import "@tensorflow/tfjs-backend-webgpu"`.
 *
 * @param name the backend; "auto" by default
 * @param options settings of that backend
 * @throws BackendError when the backend is unknown, not installed or does not start; the message says what to
 * install, and TensorFlow.js keeps the backend that it had
 */
export async function useBackend<Name extends BackendName = "auto">(
  name?: Name,
  options?: BackendOptions[Name],
): Promise<BackendInUse> {
  const asked: string = name ?? "auto";
  if (asked !== "auto") return start(asked, options);
  const skipped: BackendError[] = [];
  for (const candidate of preference[env().getBool("IS_NODE") ? "node" : "browser"]) {
    try {
      const inUse = await start(candidate, options);
      return { ...inUse, skipped: [...skipped, ...inUse.skipped] };
    } catch (error) {
      if (!isRadiolucentError(error, "backend")) throw error;
      skipped.push(error);
    }
  }
  throw new BackendError(
    asked,
    `no backend runs here: ${skipped.map((error) => error.message).join("; ")}`,
    skipped.flatMap((error) => error.packages),
  );
}

async function start(name: string, options: object = {}): Promise<BackendInUse> {
  const definition = registeredBackend(name) ?? builtIn.find((backend) => backend.name === name);
  if (definition === undefined) {
    const known = ["auto", ...builtIn.map((backend) => backend.name)].join(", ");
    throw new BackendError(name, `there is no backend "${name}"; there are ${known}`);
  }
  const { description, skipped = [] } = await definition.start(options);
  return { name, description, skipped };
}
