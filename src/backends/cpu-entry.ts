/**
 * The CPU backend for bundles: makes `useBackend("cpu")` work where packages cannot be loaded by name.
 *
 * ```ts
 * import "radiolucent/backends/cpu";
 * import { useBackend } from "radiolucent";
 * await useBackend("cpu");
 * ```
 *
 * @module
 */
import * as cpu from "@tensorflow/tfjs-backend-cpu";
import { cpuBackend } from "./cpu.js";
import { registerBackend } from "./registry.js";

registerBackend(cpuBackend(async () => cpu));
