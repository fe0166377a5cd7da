/**
 * Choosing the TensorFlow.js backend on which models run.
 *
 * ```ts
 * import { useBackend } from "radiolucent";
 * const { name, description } = await useBackend("auto");
 * ```
 *
 * @module
 */
export {
  type BackendDefinition,
  registerBackend,
  type StartedBackend,
} from "./registry.js";
export { type BackendInUse, type BackendName, type BackendOptions, useBackend } from "./useBackend.js";
export type { WasmOptions } from "./wasm.js";
