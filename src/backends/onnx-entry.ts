/**
 * TensorFlow.js on ONNX Runtime, for training and prediction at native speed in plain Node.
 *
 * ```ts
 * import "radiolucent/backends/onnx";
 * import { useBackend } from "radiolucent";
 * await useBackend("onnx", { threads: 8 });
 * ```
 *
 * @module
 */
import { findBackend } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";
import { OnnxBackend } from "./onnx/backend.js";
import { onnxBackend } from "./onnx/onnxBackend.js";
import type { OnnxBackendReport } from "./onnx/report.js";
import { registerBackend } from "./registry.js";

export type { Device } from "./onnx/device/providers.js";
export type { OnnxOptions } from "./onnx/onnxBackend.js";
export type { OnnxBackendReport } from "./onnx/report.js";

registerBackend(onnxBackend);

/**
 * What the ONNX backend has done since it started: graphs, times, bytes, and the kernels that fell back to TensorFlow.js's
 * CPU kernels.
 *
 * @throws BackendError when the backend was not started
 */
export function onnxBackendReport(): OnnxBackendReport {
  const backend = findBackend("onnx");
  if (!(backend instanceof OnnxBackend)) {
    throw new BackendError("onnx", 'the backend "onnx" was not started; await useBackend("onnx") first');
  }
  return backend.report();
}
