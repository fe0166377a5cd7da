import type { OnnxBackendReport } from "../src/backends/onnx-entry.js";
import { type BackendName, useBackend } from "../src/backends/useBackend.js";

/**
 * Loads a backend and nothing of the others, whose memory would count.
 *
 * @param threads for ONNX Runtime; the other backends in Node take what they take
 */
export async function startBackend(
  name: string,
  threads: number,
): Promise<{ description: string; report?: () => OnnxBackendReport }> {
  if (name !== "onnx") return useBackend(name as BackendName);
  const { onnxBackendReport } = await import("../src/backends/onnx-entry.js");
  const { description } = await useBackend("onnx", { threads });
  return { description, report: onnxBackendReport };
}
