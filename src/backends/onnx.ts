import { env } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";
import type { ImportPackage } from "./importPackage.js";
import type { OnnxOptions } from "./onnx/onnxBackend.js";
import { type BackendDefinition, registeredBackend } from "./registry.js";

/** The entry that registers the backend. Its name is not seen by bundlers, which leave it out of what runs in browsers. */
const entry = "radiolucent/backends/onnx";

/** The ONNX Runtime backend for whoever has not imported its entry: imports it, in Node, when it is asked for. */
export function installedOnnxBackend(importPackage: ImportPackage): BackendDefinition<OnnxOptions> {
  const packages = ["onnxruntime-node"];
  return {
    name: "onnx",
    async start(options) {
      if (!env().getBool("IS_NODE")) {
        throw new BackendError("onnx", 'the backend "onnx" (onnxruntime-node) runs in Node only', packages);
      }
      try {
        await importPackage(entry);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new BackendError("onnx", `the backend "onnx" cannot be loaded: ${reason}`, packages, { cause });
      }
      return registeredBackend("onnx")!.start(options);
    },
  };
}
